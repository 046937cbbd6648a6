using System.Globalization;
using System.Text;
using Crossmap.Linux;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;

namespace Crossmap.Native;

/// <summary>
/// Handles that exec'ed children inherit, under the same values (<c>bInheritHandle</c>). Nobody tells a child of them, neither its command line nor
/// its environment: beside an object's inheritable descriptors the parent keeps a small file in memory, inheritable too, in which value, kind
/// and descriptors stand. A child's first call looks for such files among its descriptors.
/// </summary>
internal static unsafe class InheritedHandles
{
    private const char Section = 's', Waitable = 'w', File = 'f';

    private static ReadOnlySpan<byte> Name => "crossmap-handle\0"u8;

    private static ReadOnlySpan<byte> Link => "/memfd:crossmap-handle"u8;

    /// <summary>What children inherit of one handle, while it is open.</summary>
    public sealed class Offer : IDisposable
    {
        private readonly IDisposable _descriptors;
        private readonly SafeFileHandle _announcement;

        public Offer(Handle handle)
        {
            (_descriptors, string text) = handle.Target.ForChildren(handle.Rights);
            try
            {
                char kind = handle.Target switch { SectionObject => Section, WaitableObject => Waitable, _ => File };
                _announcement = Announce(string.Create(CultureInfo.InvariantCulture, $"{handle.Value:X} {handle.Rights:X} {kind} {text}"));
            }
            catch
            {
                _descriptors.Dispose();
                throw;
            }
        }

        /// <summary>The announcement first: a child that finds it must find what it announces.</summary>
        public void Dispose()
        {
            _announcement.Dispose();
            _descriptors.Dispose();
        }
    }

    /// <summary>In the child, before its first look at a handle. What cannot be taken over is not there.</summary>
    public static bool Restore()
    {
        try
        {
            List<int> announcements = [];
            foreach (string entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
            {
                if (int.TryParse(Path.GetFileName(entry.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int fd) && IsInheritable(fd) && IsAnnouncement(fd))
                {
                    announcements.Add(fd);
                }
            }

            announcements.ForEach(Restore);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc: nothing was inherited.
        }

        return true;
    }

    private static void Restore(int announcement)
    {
        string[] parts = Encoding.UTF8.GetString(ReadAll(announcement)).Split(' ', 4);
        _ = close(announcement);
        if (parts.Length != 4
            || !uint.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            || !uint.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint rights))
        {
            return;
        }

        NativeObject? target = null;
        try
        {
            target = parts[2][0] switch
            {
                Section => new SectionObject(InheritableDescriptors.Adopt(parts[3])),
                Waitable => new WaitableObject(InheritableDescriptors.AdoptWaitable(parts[3])),
                _ => FileObject.Adopt(parts[3]),
            };
            HandleTable.Restore(value, target, rights);
        }
        catch (Exception e) when (Errors.CodeOf(e) != 0)
        {
            if (target is { Handles: 0 })
            {
                target.Close();
            }
        }
    }

    /// <summary>Inheritable only when it is whole: a child of another thread may be exec'ed at any moment.</summary>
    private static SafeFileHandle Announce(string text)
    {
        int fd;
        fixed (byte* name = Name)
        {
            fd = memfd_create(name, MFD_CLOEXEC);
        }

        if (fd < 0)
        {
            throw LinuxError.Last("An inheritable handle cannot be announced");
        }

        var announcement = new SafeFileHandle(fd, ownsHandle: true);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* p = bytes)
        {
            if (pwrite(fd, p, bytes.Length, 0) != bytes.Length || fcntl(fd, F_SETFD, 0) != 0)
            {
                Exception failure = LinuxError.Last("An inheritable handle cannot be announced");
                announcement.Dispose();
                throw failure;
            }
        }

        return announcement;
    }

    private static bool IsAnnouncement(int fd)
    {
        Span<byte> path = stackalloc byte[32], target = stackalloc byte[64];
        nint length;
        fixed (byte* p = DescriptorPath(fd, path), t = target)
        {
            length = readlinkat(AT_FDCWD, p, t, target.Length);
        }

        return length > 0 && target[..(int)length].StartsWith(Link);
    }

    private static byte[] ReadAll(int fd)
    {
        Span<byte> bytes = stackalloc byte[512];
        nint length;
        fixed (byte* p = bytes)
        {
            length = pread(fd, p, bytes.Length, 0);
        }

        return bytes[..(int)Math.Max(length, 0)].ToArray();
    }
}
