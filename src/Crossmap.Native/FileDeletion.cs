using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Crossmap.Linux;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary><c>DeleteFile</c>, and files that are deleted when they are closed.</summary>
internal static unsafe class FileDeletion
{
    private static ReadOnlySpan<byte> Root => "/"u8;

    /// <exception cref="IOException">32: open, and not shared for deletion.</exception>
    /// <exception cref="UnauthorizedAccessException">5: mapped (facts 214, 215), a directory, or not the caller's to delete.</exception>
    public static void Delete(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            Errors.Throw(ERROR_PATH_NOT_FOUND, "A file needs a name.");
        }

        // The name itself, where it is a link: that is what is deleted, and no file is open or mapped through it.
        byte[] path = FileOpening.PathOf(name);
        if (!Status(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, out FileStatus status))
        {
            throw FileOpening.Missing(name, Errno);
        }

        if (status.IsDirectory)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"'{name}' is a directory.");
        }

        if (status.IsRegular)
        {
            FileRemoval.UnlessUsed(path, in status, name);
        }
        else
        {
            FileRemoval.Remove(path, name);
        }
    }

    /// <summary>By the name that the kernel knows it under, if it still has one and nobody else has that.</summary>
    public static void OfOpen(int fd)
    {
        const int longest = 4096;
        Span<byte> link = stackalloc byte[32];
        byte[] path = new byte[longest];
        fixed (byte* from = DescriptorPath(fd, link))
        fixed (byte* to = path)
        {
            nint length = readlinkat(AT_FDCWD, from, to, longest - 1);
            if (length > 0 && path.AsSpan().StartsWith(Root) && Status(fd, out FileStatus open)
                && Status(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, out FileStatus named) && (named.Inode, named.Device) == (open.Inode, open.Device))
            {
                _ = Unlink(AT_FDCWD, path);
            }
        }
    }
}

/// <summary>
/// Files that are to be deleted when they are closed, and are still open when the process ends by returning or by <c>exit</c>: there the
/// system closes them on Windows. Who is killed on Linux deletes nothing (docs/win32.md).
/// </summary>
internal static unsafe partial class DeletionAtExit
{
    private static readonly HashSet<FileObject> s_open = [];
    private static bool s_registered;

    public static void Add(FileObject file)
    {
        lock (s_open)
        {
            if (!s_registered)
            {
                // Asked for before any fork, for the last call to tell.
                _ = ProcessMark.Own;
                s_registered = __cxa_atexit(&AtExit, null, null) == 0;
            }

            s_open.Add(file);
        }
    }

    /// <summary>False when it was deleted at the process's exit already.</summary>
    public static bool Remove(FileObject file)
    {
        lock (s_open)
        {
            return s_open.Remove(file);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void AtExit(void* nothing)
    {
        // A forked child that calls exit, which it must not, at least deletes none of its parent's files.
        if (!ProcessMark.Own.IsOwn)
        {
            return;
        }

        FileObject[] open;
        lock (s_open)
        {
            open = [.. s_open];
            s_open.Clear();
        }

        foreach (FileObject file in open)
        {
            try
            {
                file.Delete();
            }
            catch (ObjectDisposedException)
            {
                // Another thread closed it at this moment.
            }
        }
    }

    [LibraryImport("libc")]
    private static partial int __cxa_atexit(delegate* unmanaged[Cdecl]<void*, void> function, void* argument, void* library);
}
