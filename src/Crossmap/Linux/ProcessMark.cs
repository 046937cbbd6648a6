using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>
/// Tells the process that made it from one forked of it, at the price of reading a byte: a page that the kernel hands to a forked child
/// empty (<c>MADV_WIPEONFORK</c>). Asking for the process id would be a system call at every close.
/// </summary>
internal sealed unsafe class ProcessMark
{
    private readonly int _id = getpid();

    /// <summary>Null before Linux 4.14, which does not know the advice. Never unmapped: it lives as long as the process.</summary>
    private readonly byte* _page;

    private ProcessMark()
    {
        nint page = mmap(0, PageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == -1)
        {
            return;
        }

        if (madvise(page, PageSize, MADV_WIPEONFORK) != 0)
        {
            _ = munmap(page, PageSize);
            return;
        }

        _page = (byte*)page;
        *_page = 1;
    }

    /// <summary>The process in which this was first asked for. Whoever means to ask later must hold it from before any fork.</summary>
    public static ProcessMark Own { get; } = new();

    public bool IsOwn => _page is not null ? *_page != 0 : getpid() == _id;
}
