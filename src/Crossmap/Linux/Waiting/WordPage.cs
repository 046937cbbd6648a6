using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>
/// A page of shared memory with words in it, mapped while somebody uses it. As a
/// <see cref="System.Runtime.InteropServices.SafeHandle"/> it is counted: what the kernel may still have to look at keeps it past the
/// collection of everything else (<see cref="OwnedWord"/>). Nobody disposes it, so a wait that races the end of its handle never faults.
/// </summary>
internal sealed unsafe class WordPage : SafeHandleZeroOrMinusOneIsInvalid
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<FilePlace, WeakReference<WordPage>> Known = [];

    private readonly int _length;
    private readonly FilePlace? _known;

    /// <param name="fd">Of the file: one without a lock.</param>
    /// <param name="position">Of the page, in bytes.</param>
    /// <param name="privatePageBehind">
    /// Whether another page follows it at once, which is anonymous and private to this process: for what belongs to the words and a neighbour
    /// must not write.
    /// </param>
    public WordPage(int fd, long position, bool privatePageBehind = false)
        : base(ownsHandle: true)
    {
        _length = privatePageBehind ? 2 * PageSize : PageSize;
        nint pages = privatePageBehind ? mmap(0, _length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : 0;
        if (pages != -1)
        {
            nint page = mmap(pages, PageSize, PROT_READ | PROT_WRITE, MAP_SHARED | (privatePageBehind ? MAP_FIXED : 0), fd, position);
            SetHandle(page == -1 ? pages : page);
            if (page != -1)
            {
                return;
            }
        }

        Exception failure = LinuxError.Last("The page of an object's word cannot be mapped");
        Dispose();
        throw failure;
    }

    private WordPage(int fd, in FilePlace page)
        : this(fd, page.Position, privatePageBehind: true) => _known = page;

    /// <summary>Its first byte. Valid while this object is reachable, or counted.</summary>
    public byte* Address => (byte*)handle;

    /// <summary>The page with a private one behind it, which all its words share: two words of one page would else have two.</summary>
    /// <param name="page">Where the page begins.</param>
    /// <param name="fd">To map it from, if it is not mapped yet: one without a lock.</param>
    public static WordPage Guarded(in FilePlace page, int fd)
    {
        lock (Gate)
        {
            if (Known.TryGetValue(page, out WeakReference<WordPage>? known) && known.TryGetTarget(out WordPage? found))
            {
                return found;
            }

            found = new WordPage(fd, in page);
            Known[page] = new WeakReference<WordPage>(found);
            return found;
        }
    }

    protected override bool ReleaseHandle()
    {
        if (_known is { } page)
        {
            lock (Gate)
            {
                if (Known.TryGetValue(page, out WeakReference<WordPage>? known) && !known.TryGetTarget(out _))
                {
                    Known.Remove(page);
                }
            }
        }

        return munmap(handle, _length) == 0;
    }
}
