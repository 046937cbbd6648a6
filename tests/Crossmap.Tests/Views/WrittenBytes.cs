using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>What was written through a view is in the file for whoever reads it, and when it is on the disk the view is no longer dirty.</summary>
public class WrittenBytes
{
    [Fact]
    public void A_plain_read_sees_what_was_flushed()
    {
        using var file = new TemporaryFile(200_000);
        using FileMapping mapping = FileMapping.Create(file.Path);
        using MappedView view = mapping.MapView();
        byte[] expected = new byte[200_000];
        for (byte value = 1; value < 4; value++)
        {
            int at = value * 50_001;
            view.AsSpan(at, 40_000).Fill(value);
            expected.AsSpan(at, 40_000).Fill(value);
            view.Flush(at, 40_000);
            Assert.Equal(expected, file.Bytes);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_plain_read_sees_what_was_written_when_the_view_is_gone(bool viewFirst)
    {
        using var file = new TemporaryFile(200_000);
        FileMapping mapping = FileMapping.Create(file.Path);
        MappedView view = mapping.MapView(offset: 70_000);
        view.AsSpan().Fill(7);
        foreach (IDisposable each in (IDisposable[])(viewFirst ? [view, mapping] : [mapping, view]))
        {
            each.Dispose();
        }

        byte[] bytes = file.Bytes;
        Assert.Equal(-1, bytes.AsSpan(0, 70_000).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, bytes.AsSpan(70_000).IndexOfAnyExcept((byte)7));
        Assert.Equal(200_000, bytes.Length);
    }

    [Fact]
    public void A_view_is_dirty_from_a_write_to_the_flush()
    {
        using var file = new TemporaryFile(65536);
        Assert.SkipWhen(OperatingSystem.IsLinux() && new DriveInfo(Path.GetTempPath()).DriveFormat == "tmpfs", "Temporary files have no disk here (tmpfs), so their pages stay dirty.");
        using FileMapping mapping = FileMapping.Create(file.Path), memory = FileMapping.CreateInMemory(4096);
        using MappedView view = mapping.MapView(), inMemory = memory.MapView();
        inMemory.At<byte>(0) = 1;
        Assert.Null(inMemory.IsDirty(0, 4096));
        if (OperatingSystem.IsWindows())
        {
            view.At<byte>(0) = 1;
            Assert.Null(view.IsDirty(0, view.Length));
            return;
        }

        // The kernel may write the page back at any moment by itself, but not each time just before it is asked.
        bool seen = false;
        for (int i = 1; i < 100 && !seen; i++)
        {
            view.At<int>(5000) = i;
            seen = view.IsDirty(0, view.Length) == true;
        }

        Assert.True(seen, "A view that was written to is never dirty.");
        view.Flush();
        Assert.False(view.IsDirty(0, view.Length));
        Assert.False(view.IsDirty(5000, 4));
    }
}
