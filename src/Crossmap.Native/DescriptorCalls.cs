using System.Runtime.InteropServices;
using Crossmap.Linux;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Our own: over from Linux's descriptors to handles, and back.</summary>
internal static unsafe class DescriptorCalls
{
    [UnmanagedCallersOnly(EntryPoint = "crossmap_HandleFromDescriptor")]
    public static nint HandleFromDescriptor(int descriptor)
    {
        try
        {
            int flags = fcntl(descriptor, F_GETFL, 0);
            if (flags < 0 || (flags & O_PATH) != 0)
            {
                return LastError.Fail(ERROR_INVALID_HANDLE) - 1;
            }

            int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
            if (copy < 0)
            {
                throw LinuxError.Last("The descriptor cannot be duplicated");
            }

            var file = new SafeFileHandle(copy, ownsHandle: true);
            if (!Status(copy, out FileStatus status))
            {
                throw LinuxError.Last("The descriptor cannot be examined");
            }

            const uint read = 0x8000_0000, write = 0x4000_0000;
            uint rights = RightsMap.File.Granted((flags & O_ACCMODE) switch { O_RDONLY => read, O_WRONLY => write, _ => read | write });
            return HandleTable.Open(new FileObject(file, status.Mode, shares: null, deletesOnClose: false), rights, inheritable: false);
        }
        catch (Exception e)
        {
            return LastError.Fail(e) - 1;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_DescriptorFromHandle")]
    public static int DescriptorFromHandle(nint handle, long* start)
    {
        try
        {
            (SafeFileHandle? file, long at) = HandleTable.Find(handle) switch
            {
                { Target: FileObject target } => (target.Copy(), 0L),
                { Target: SectionObject { Section: var section } target, Rights: var rights } => MayWrite(rights) || !ProtectionRules.CanWrite(section.Protection)
                    ? section.OpenMemory()
                    : throw Errors.Of(ERROR_ACCESS_DENIED, "A handle for reading gives no descriptor for writing."),
                _ => (null, 0L),
            };
            if (file is null)
            {
                return LastError.Fail(ERROR_INVALID_HANDLE) - 1;
            }

            if (start is not null)
            {
                *start = at;
            }

            // The caller's from here on.
            int descriptor = (int)file.DangerousGetHandle();
            file.SetHandleAsInvalid();
            return descriptor;
        }
        catch (Exception e)
        {
            return LastError.Fail(e) - 1;
        }
    }

    private static bool MayWrite(uint rights) => (rights & (uint)MappingRights.MapWrite) != 0;
}
