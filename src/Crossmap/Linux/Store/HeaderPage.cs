using System.Runtime.ConstrainedExecution;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>An object's first page in shared memory, mapped until this object is collected.</summary>
internal sealed unsafe class HeaderPage : CriticalFinalizerObject
{
    public HeaderPage(int fd)
    {
        nint address = mmap(0, PageSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (address == -1)
        {
            GC.SuppressFinalize(this);
            throw LinuxError.Last("The object's header cannot be mapped");
        }

        Address = (byte*)address;
    }

    ~HeaderPage() => _ = munmap((nint)Address, PageSize);

    public byte* Address { get; }
}
