using Crossmap.Linux;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;

namespace Crossmap.Native;

/// <summary>
/// The memory of a section as its views ask for it: which pages are committed, and how to map some once more. That takes a descriptor. A section
/// that is open has one to copy; of a reserved one that is closed before its views a copy is kept for them, which holds no name.
/// </summary>
internal sealed class SectionMemory(LinuxSection section)
{
    private readonly Lock _gate = new();
    private SafeFileHandle? _file;
    private long _start;
    private int _views;
    private bool _isClosed;

    public bool IsFile => (section.Options & SectionOptions.File) != 0;

    public bool IsReserved => (section.Options & SectionOptions.Reserve) != 0;

    /// <summary>Of <c>VirtualQuery</c>'s protections, beside those of pages (fact 183).</summary>
    public uint CachingFlags =>
        ((section.Options & SectionOptions.NoCache) != 0 ? 0x200u : 0) | ((section.Options & SectionOptions.WriteCombine) != 0 ? 0x400u : 0);

    public void AddView() => Interlocked.Increment(ref _views);

    public void RemoveView()
    {
        if (Interlocked.Decrement(ref _views) == 0 && Volatile.Read(ref _isClosed))
        {
            lock (_gate)
            {
                Forget();
            }
        }
    }

    /// <summary>The section's last handle in this process is closed.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (IsReserved && Volatile.Read(ref _views) > 0 && _file is null)
            {
                try
                {
                    Open();
                }
                catch (Exception e) when (Errors.CodeOf(e) != 0)
                {
                    // Without a descriptor the views work, and cannot be asked what is committed.
                }
            }

            Volatile.Write(ref _isClosed, true);
            section.Dispose();
            if (Volatile.Read(ref _views) == 0)
            {
                Forget();
            }
        }
    }

    /// <summary>Whether the memory at an offset is committed, and to which offset the same is true (facts 198-202).</summary>
    /// <param name="offset">In the section, of a page.</param>
    /// <param name="limit">Where to stop looking.</param>
    /// <param name="end">The first page that differs, or the limit.</param>
    public bool IsCommitted(long offset, long limit, out long end)
    {
        end = limit;
        if (!IsReserved || IsFile)
        {
            return true;
        }

        lock (_gate)
        {
            int fd = Descriptor();
            long data = lseek(fd, _start + offset, SEEK_DATA);
            if (data < 0)
            {
                // Nothing behind it at all.
                return false;
            }

            bool isCommitted = data == _start + offset;
            long edge = isCommitted ? lseek(fd, data, SEEK_HOLE) : data;
            end = Math.Min(limit, edge - _start);
            return isCommitted;
        }
    }

    /// <summary>Provides the memory of a range, for all views of all processes. By a mapping of its own: a view's protection does not matter.</summary>
    public void Commit(long offset, long bytes)
    {
        nint mapped = Map(0, bytes, PageProtection.ReadWrite, MAP_SHARED, offset);
        try
        {
            LinuxView.Populate(mapped, bytes, byWriting: true);
        }
        finally
        {
            _ = munmap(mapped, (nint)bytes);
        }
    }

    /// <summary>Maps a part of it, over what lies there when an address is given.</summary>
    public nint Map(nint address, long bytes, PageProtection protection, int kind, long offset)
    {
        lock (_gate)
        {
            int flags = kind | (address == 0 ? 0 : MAP_FIXED);
            nint mapped = mmap(address, (nint)bytes, LinuxSection.MemoryProtection(protection), flags, Descriptor(), _start + offset);
            return mapped != -1 ? mapped : throw LinuxError.Last($"{bytes} bytes of the section cannot be mapped");
        }
    }

    private int Descriptor()
    {
        if (_file is null)
        {
            if (_isClosed)
            {
                Errors.Throw(Win32Error.ERROR_NOT_SUPPORTED, "All handles to the section are closed: its pages can be used, and not be mapped in another way.");
            }

            Open();
        }

        return (int)_file!.DangerousGetHandle();
    }

    private void Open() => (_file, _start) = section.OpenMemory();

    private void Forget()
    {
        _file?.Dispose();
        _file = null;
    }
}
