namespace Crossmap.Conformance;

/// <summary>H. Views at a wished address.</summary>
public class AddressFacts
{
    [Fact]
    public void Fact_147_Addresses_are_multiples_of_64_KiB()
    {
        using FileMapping mapping = Sections.Memory();
        nint free = MemoryRegion.FreeAddress(0x10000);
        Answer.Table(147, new[] { ("+42", free + 42), ("+0x1000", free + 0x1000), ("0x00567A20", 0x00567A20) }.Select(row => (
            row.Item1, (object)1132, (Func<object?>)(() => Answer.Of(() => mapping.MapView(address: row.Item2))))));
    }

    [Fact]
    public void Fact_148_152_154_A_view_is_never_replaced()
    {
        using FileMapping mapping = Sections.Memory(size: 0x30000);
        using MappedView view = mapping.MapView();
        view.AsSpan().Fill(0x48);
        nint inside = view.Address + 0x10000;
        Answer.Is(148, "aligned and inside", 487, Answer.Of(() => mapping.MapView(address: inside)));
        Answer.Is(148, "the same address", 487, Answer.Of(() => mapping.MapView(address: view.Address)));
        Answer.Is(152, "unaligned and inside", 1132, Answer.Of(() => mapping.MapView(address: inside + 1)));
        Answer.Is(154, "inside, and an unaligned offset", 1132, Answer.Of(() => mapping.MapView(offset: 1, address: inside)));
        Assert.Equal(-1, view.AsSpan().IndexOfAnyExcept((byte)0x48));
    }

    [Fact]
    public void Fact_149_Addresses_that_somebody_reserved_are_occupied()
    {
        using FileMapping mapping = Sections.Memory(size: 0x10000);
        nint address = MemoryRegion.FreeAddress(0x30000);
        using (IDisposable? reserved = MemoryRegion.TryReserve(address, 0x20000))
        {
            Assert.NotNull(reserved);
            Answer.Is(149, "inside", 487, Answer.Of(() => mapping.MapView(address: address + 0x10000)));
            Answer.Is(149, "beside", Answer.Success, Answer.Of(() => mapping.MapView(address: address + 0x20000)));
        }

        using FileMapping large = Sections.Memory(size: 0x30000);
        address = MemoryRegion.FreeAddress(0x30000);
        using IDisposable? behind = MemoryRegion.TryReserve(address + 0x20000, 0x10000);
        Assert.NotNull(behind);
        Answer.Is(149, "reaching into it", 487, Answer.Of(() => large.MapView(address: address)));
    }

    [Fact]
    public void Fact_150_A_free_address_is_taken_exactly()
    {
        using FileMapping mapping = Sections.Memory(size: 0x20000);
        nint address = MemoryRegion.FreeAddress(0x20000);
        using MappedView view = mapping.MapView(offset: 0x10000, address: address), whole = mapping.MapView();
        Answer.Is(150, "address", address, view.Address);
        Answer.Is(150, "region", address, MemoryRegion.At(address).Start);
        whole.At<int>(0x10000) = 150;
        Answer.Is(150, "bytes", 150, view.At<int>(0));
    }

    [Fact]
    public void Fact_151_The_kernels_addresses_are_invalid()
    {
        using FileMapping mapping = Sections.Memory();
        Answer.Table(151, new[] { 0x0000_8000_0000_0000, unchecked((long)0xFFFF_8000_0000_0000), unchecked((long)0xFFFF_FFFF_FFFF_0000) }.Select(address => (
            $"0x{address:X}", (object)87, (Func<object?>)(() =>
            {
                string where = "";
                string answer = Answer.Of(() =>
                {
                    using MappedView view = mapping.MapView(address: (nint)address);
                    where = view.Address == (nint)address ? ", there" : $", at 0x{view.Address:X}";
                });
                return answer + where;
            }))));
    }

    [Fact]
    public void Fact_153_The_handle_is_looked_at_before_the_address()
    {
        FileMapping closed = Sections.Memory();
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => closed.MapView(address: 42));
    }

    [Fact]
    public void Fact_155_The_rest_of_a_views_64_KiB_is_nobodys()
    {
        using FileMapping mapping = Sections.Memory(size: 0x2000);
        nint address = MemoryRegion.FreeAddress(0x20000);
        using MappedView view = mapping.MapView(address: address);
        using IDisposable? within = MemoryRegion.TryReserve(address + 0x2000, 0x1000);
        Answer.Is(155, "within the 64 KiB", true, within is null);
        using IDisposable? behind = MemoryRegion.TryReserve(address + 0x10000, 0x1000);
        Answer.Is(155, "behind them", true, behind is not null);
    }
}
