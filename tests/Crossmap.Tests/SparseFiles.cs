using System.Runtime.InteropServices;
using Crossmap.Testing;
using Microsoft.Win32.SafeHandles;

namespace Crossmap.Tests;

/// <summary>A writable mapping provides the disk space of all its bytes when it is made (promise 5).</summary>
public unsafe partial class SparseFiles
{
    private const int FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2, Page = 4096;

    [Fact]
    public void Holes_are_filled_even_where_the_block_count_hides_them()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Sparse files are filled by the Linux half.");
        const int pages = 10;
        using var file = new TemporaryFile();
        using SafeFileHandle handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.ReadWrite);

        // Pages by turns written and not: so many extents that the file system needs a block of its own to list them, which counts as the
        // file's and makes up for the one page punched out at the end.
        Assert.SkipUnless(fallocate(handle, 0, 0, pages * Page) == 0, "The file system of the temporary folder has no fallocate.");
        for (int page = 0; page < pages; page += 2)
        {
            RandomAccess.Write(handle, new byte[Page], page * Page);
        }

        RandomAccess.FlushToDisk(handle);
        Assert.Equal(0, fallocate(handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (pages - 1) * Page, Page));
        RandomAccess.FlushToDisk(handle);
        long before = AllocatedBytes(handle);

        using FileMapping mapping = FileMapping.Create(file.Path);

        Assert.Equal(pages * Page, mapping.Size);
        Assert.Equal(before + Page, AllocatedBytes(handle));
    }

    [Fact]
    public void Position_of_the_callers_handle_stays()
    {
        using var file = new TemporaryFile(3 * Page);
        using FileStream stream = File.Open(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = 100;
        using FileMapping mapping = FileMapping.Create(stream.SafeFileHandle);
        Assert.Equal(100, stream.Position);
        Assert.Equal(0, stream.ReadByte());
        Assert.Equal(101, stream.Position);
    }

    private static long AllocatedBytes(SafeFileHandle file)
    {
        long* status = stackalloc long[18]; // struct stat of x64: st_blocks is its ninth word
        Assert.Equal(0, fstat(file, status));
        return status[8] * 512;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstat(SafeFileHandle file, long* status);
}
