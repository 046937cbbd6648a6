using static Crossmap.Conformance.CInterface.ViewCalls;

namespace Crossmap.Conformance.CInterface;

/// <summary>H. Views at a wished address: <c>MapViewOfFileEx</c>.</summary>
public class CAddressFacts : CFacts
{
    [Fact]
    public void Fact_147_Addresses_are_multiples_of_64_KiB()
    {
        using Handle mapping = CSections.Memory();
        nint free = MemoryRegion.FreeAddress(0x10000);
        Answer.Table(147, new[] { ("+42", free + 42), ("+0x1000", free + 0x1000), ("0x00567A20", 0x00567A20) }.Select(row => (
            row.Item1, (object)1132, (Func<object?>)(() => TryAt(mapping, row.Item2)))));
    }

    [Fact]
    public void Fact_148_152_154_A_view_is_never_replaced()
    {
        using Handle mapping = CSections.Memory(size: 0x30000);
        using View view = View.Whole(mapping);
        view.At<int>(0x10000) = 148;
        nint inside = view.Address + 0x10000;
        Answer.Is(148, "aligned and inside", 487, TryAt(mapping, inside));
        Answer.Is(148, "the same address", 487, TryAt(mapping, view.Address));
        Answer.Is(152, "unaligned and inside", 1132, TryAt(mapping, inside + 1));
        Answer.Is(154, "inside, and an unaligned offset", 1132, TryAt(mapping, inside, offset: 1));
        Assert.Equal(148, view.At<int>(0x10000));
    }

    [Fact]
    public void Fact_149_Addresses_that_somebody_reserved_are_occupied()
    {
        using Handle mapping = CSections.Memory(), large = CSections.Memory(size: 0x30000);
        nint address = MemoryRegion.FreeAddress(0x30000);
        using (IDisposable? reserved = MemoryRegion.TryReserve(address, 0x20000))
        {
            Assert.NotNull(reserved);
            Answer.Is(149, "inside", 487, TryAt(mapping, address + 0x10000));
            Answer.Is(149, "beside", Answer.Success, TryAt(mapping, address + 0x20000));
        }

        address = MemoryRegion.FreeAddress(0x30000);
        using IDisposable? behind = MemoryRegion.TryReserve(address + 0x20000, 0x10000);
        Assert.NotNull(behind);
        Answer.Is(149, "reaching into it", 487, TryAt(large, address));
    }

    [Fact]
    public void Fact_150_A_free_address_is_taken_exactly()
    {
        using Handle mapping = CSections.Memory(size: 0x20000);
        nint address = MemoryRegion.FreeAddress(0x20000);
        using View view = View.Of(MapViewOfFileEx(mapping, ViewAccess.Write, 0x10000, 0, address)), whole = View.Whole(mapping);
        Answer.Is(150, "address", address, view.Address);
        Answer.Is(150, "region", address, MemoryRegion.At(address).Start);
        whole.At<int>(0x10000) = 150;
        Answer.Is(150, "bytes", 150, view.At<int>(0));
        using View anywhere = View.Of(MapViewOfFileEx(mapping, ViewAccess.Write, 0, 0, 0));
        Answer.Is(150, "NULL is anywhere", 150, anywhere.At<int>(0x10000));
    }

    [Fact]
    public void Fact_151_The_kernels_addresses_are_invalid()
    {
        using Handle mapping = CSections.Memory();
        Answer.Table(151, new[] { 0x0000_8000_0000_0000, unchecked((long)0xFFFF_8000_0000_0000), unchecked((long)0xFFFF_FFFF_FFFF_0000) }.Select(address => (
            $"C, 0x{address:X}", (object)87, (Func<object?>)(() =>
                MapViewOfFileEx(mapping, ViewAccess.Write, 0, 0, (nint)address) == 0 ? LastError.Code : Answer.Success))));
    }

    [Fact]
    public void Fact_153_The_handle_is_looked_at_before_the_address() => Answer.Is(153, "closed", 6, TryAt(0x12345678, 42));

    [Fact]
    public void Fact_155_The_rest_of_a_views_64_KiB_is_nobodys()
    {
        using Handle mapping = CSections.Memory(size: 0x2000);
        nint address = MemoryRegion.FreeAddress(0x20000);
        using View view = View.Of(MapViewOfFileEx(mapping, ViewAccess.Write, 0, 0, address));
        using IDisposable? within = MemoryRegion.TryReserve(address + 0x2000, 0x1000);
        Answer.Is(155, "within the 64 KiB", true, within is null);
        using IDisposable? behind = MemoryRegion.TryReserve(address + 0x10000, 0x1000);
        Answer.Is(155, "behind them", true, behind is not null);
    }

    private static string TryAt(nint mapping, nint address, ulong offset = 0) => Outcome.OfView(MapViewOfFileEx(mapping, ViewAccess.Write, offset, 0, address));
}
