using System.Globalization;

namespace Crossmap.Tests;

/// <summary>Reads whole views that lie between inaccessible addresses: a byte too many, before or behind, ends the process.</summary>
internal sealed class GuardedReader : IDisposable
{
    private const int CheckedEvery = 256;

    private readonly FileMapping _mapping = FileMapping.CreateInMemory(1);
    private readonly MappedView _near;
    private readonly nint _address;
    private long _reads;
    private long _sum;

    public GuardedReader()
    {
        // Far behind any view, in the library's own reservation, which is inaccessible wherever no view lies.
        _near = _mapping.MapView();
        _address = _near.Address + unchecked((nint)(1L << 36));
    }

    /// <summary>Maps all of it, reads all of it.</summary>
    public string Read(FileMapping mapping)
    {
        MappedView view;
        try
        {
            view = mapping.MapView(ViewAccess.Read, address: _address);
        }
        catch (UnauthorizedAccessException)
        {
            return "refused";
        }

        using (view)
        {
            Assert.Equal(_address, view.Address);
            Assert.Equal(mapping.Size, view.Length);
            if (_reads++ % CheckedEvery == 0)
            {
                CheckNeighbours(view.RegionSize);
            }

            foreach (long word in view.AsSpan<long>())
            {
                _sum += word;
            }

            _sum += view.At<byte>(view.Length - 1);
            return "read";
        }
    }

    public void Dispose()
    {
        GC.KeepAlive(_sum);
        _near.Dispose();
        _mapping.Dispose();
    }

    private void CheckNeighbours(long length)
    {
        nint end = _address + (nint)length;
        bool before = false, behind = false;
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] parts = line.Split(' ', 3), range = parts[0].Split('-');
            nint from = nint.Parse(range[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            nint to = nint.Parse(range[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            before |= to == _address && parts[1].StartsWith("---", StringComparison.Ordinal);
            behind |= from == end && parts[1].StartsWith("---", StringComparison.Ordinal);
        }

        Assert.True(before && behind, "The view does not lie between inaccessible pages.");
    }
}
