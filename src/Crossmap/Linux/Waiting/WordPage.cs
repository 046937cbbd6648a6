using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// A page of shared memory with words in it, mapped while somebody uses it. As a
/// <see cref="System.Runtime.InteropServices.SafeHandle"/> it is counted: what the kernel may still have to look at keeps it past the
/// collection of everything else (<see cref="OwnedWord"/>). Nobody disposes it, so a wait that races the end of its handle never faults.
/// </summary>
internal sealed unsafe class WordPage : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>
    /// Pages of views that have objects in use, at a time. Each is one of the areas of the address space that the kernel counts
    /// (<see cref="AddressArena.MostAreas"/>), and nothing else bounds them, as open files bound what has a name.
    /// </summary>
    public static readonly int MostOfViews = AddressArena.MostAreas / 16;

    private static readonly OnceForPlace<WordPage> KnownGuarded = new(), KnownOfViews = new();

    private static int s_ofViews;

    private readonly int _length;
    private readonly FilePlace _place;
    private readonly OnceForPlace<WordPage>? _known;

    /// <param name="fd">Of the file: one without a lock.</param>
    /// <param name="position">Of the page, in bytes.</param>
    /// <param name="privatePageBehind">
    /// Whether another page follows it at once, which is anonymous and private to this process: for what belongs to the words and a neighbour
    /// must not write.
    /// </param>
    /// <param name="length">In bytes, when it is not one page but several.</param>
    public WordPage(int fd, long position, bool privatePageBehind = false, int length = PageSize)
        : base(ownsHandle: true)
    {
        _length = privatePageBehind ? length + PageSize : length;
        nint pages = privatePageBehind ? mmap(0, _length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : 0;
        if (pages != -1)
        {
            nint page = mmap(pages, length, PROT_READ | PROT_WRITE, MAP_SHARED | (privatePageBehind ? MAP_FIXED : 0), fd, position);
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
        : this(fd, page.Position, privatePageBehind: true)
    {
        _known = KnownGuarded;
        _place = page;
    }

    private WordPage(in FilePlace page, nint address)
        : base(ownsHandle: true)
    {
        SetHandle(address);
        _length = PageSize;
        _known = KnownOfViews;
        _place = page;
    }

    /// <summary>Its first byte. Valid while this object is reachable, or counted.</summary>
    public byte* Address => (byte*)handle;

    /// <summary>The page with a private one behind it, which all its words share: two words of one page would else have two.</summary>
    /// <param name="page">Where the page begins.</param>
    /// <param name="fd">To map it from, if it is not mapped yet: one without a lock.</param>
    public static WordPage Guarded(in FilePlace page, int fd) => KnownGuarded.Of(in page, place => new WordPage(fd, in place));

    /// <summary>A page of a view, mapped once more: it does not end with the view. One for all words in it, and for all views of it.</summary>
    /// <param name="page">Where the page begins.</param>
    /// <param name="mapAgain">Gives its new address.</param>
    public static WordPage OfView(in FilePlace page, Func<nint> mapAgain)
    {
        if (Volatile.Read(ref s_ofViews) >= MostOfViews && KnownOfViews.Find(in page) is null)
        {
            // What is closed already lasts until it is collected. Not below, where the finalizers would wait for this thread.
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return KnownOfViews.Of(in page, place =>
        {
            if (Interlocked.Increment(ref s_ofViews) > MostOfViews)
            {
                _ = Interlocked.Decrement(ref s_ofViews);
                Errors.Throw(ERROR_NO_SYSTEM_RESOURCES, $"Objects in {MostOfViews} pages of views are in use in this process, and the kernel has no room for many more mappings. Let objects share pages, or close some.");
            }

            try
            {
                return new WordPage(in place, mapAgain());
            }
            catch
            {
                _ = Interlocked.Decrement(ref s_ofViews);
                throw;
            }
        });
    }

    protected override bool ReleaseHandle()
    {
        _known?.Forget(in _place);
        bool done = munmap(handle, _length) == 0;
        if (_known == KnownOfViews)
        {
            _ = Interlocked.Decrement(ref s_ofViews);
        }

        return done;
    }
}
