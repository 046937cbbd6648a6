using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>A place in a file, whatever name, handle or mapping leads to it: two that lead to one place lead to one object.</summary>
/// <param name="Device">Of the file.</param>
/// <param name="Inode">Of the file.</param>
/// <param name="Position">In bytes.</param>
internal readonly record struct FilePlace(ulong Device, ulong Inode, long Position)
{
    /// <summary>The first byte of the page that it lies in.</summary>
    public FilePlace Page => this with { Position = Position & -PageSize };

    /// <summary>Bytes from the start of its page.</summary>
    public int InPage => (int)(Position & (PageSize - 1));
}
