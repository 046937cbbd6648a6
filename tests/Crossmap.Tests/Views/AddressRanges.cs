using Crossmap.Linux;
using Range = Crossmap.Linux.AddressArena.Range;
using RangeState = Crossmap.Linux.AddressArena.RangeState;

namespace Crossmap.Tests;

/// <summary>The addresses of views on Linux: handed out once, used again only when nobody can hold a span into them, and placed where asked.</summary>
public class AddressRanges
{
    private const int Granule = 65536;

    private static long s_far = 0x3000_0000_0000;

    [Fact]
    public void Addresses_are_used_again_when_they_are_given_back_and_not_before()
    {
        AddressArena arena = Fresh();
        Range first = arena.Take(1);
        Assert.Equal((Granule, 0), ((int)first.Length, (int)(first.Start % Granule)));
        arena.Retire(first);
        Range second = arena.Take(Granule);
        Assert.NotEqual(first.Start, second.Start);
        arena.GiveBack(first);
        arena.GiveBack(first);
        Assert.Equal(RangeState.Free, first.State);

        // For its own length alone, and once.
        Assert.NotEqual(first.Start, arena.Take(Granule + 1).Start);
        Assert.Same(first, arena.Take(Granule));
        Assert.NotEqual(first.Start, arena.Take(Granule).Start);

        // An active range is nobody's to give back.
        arena.GiveBack(second);
        Assert.Equal(RangeState.Active, second.State);
    }

    [Fact]
    public void What_was_placed_ahead_is_stepped_over()
    {
        AddressArena arena = Fresh();
        Range first = arena.Take(Granule);
        Range ahead = Placed(arena, first.Start + (4 * Granule), 2 * Granule);
        Range freed = Placed(arena, first.Start + (8 * Granule), Granule);
        Assert.True(ahead.IsInArena && freed.IsInArena);
        arena.Retire(freed);
        arena.GiveBack(freed);
        List<nint> starts = [];
        for (int i = 0; i < 10; i++)
        {
            starts.Add(arena.Take(Granule).Start);
        }

        Assert.Distinct(starts);
        Assert.DoesNotContain(starts, start => start >= ahead.Start && start < ahead.Start + ahead.Length);
        Assert.Contains(freed.Start, starts);
        Assert.All(starts, start => Assert.InRange(start, first.Start + Granule, first.Start + (12 * Granule)));

        // A long one that would reach into it begins behind it.
        Range far = Placed(arena, starts.Max() + (4 * Granule), Granule);
        Assert.Equal(far.Start + Granule, arena.Take(6 * Granule).Start);

        // Given back when it is no longer ahead it is found by its length.
        arena.Retire(ahead);
        arena.GiveBack(ahead);
        Assert.Same(ahead, arena.Take(2 * Granule));
    }

    [Fact]
    public void A_place_inside_is_refused_while_a_view_is_there_and_taken_from_one_that_was()
    {
        AddressArena arena = Fresh();
        Range active = arena.Take(2 * Granule), retired = arena.Take(2 * Granule), free = arena.Take(Granule);
        Assert.Null(arena.TakeAt(active.Start, Granule));
        Assert.Null(arena.TakeAt(active.Start + Granule, 3 * Granule));
        arena.Retire(retired);
        arena.Retire(free);
        arena.GiveBack(free);
        Assert.Null(arena.TakeAt(active.Start + Granule, 2 * Granule));
        Assert.Equal(RangeState.Retired, retired.State);

        Range over = Placed(arena, retired.Start + Granule, 2 * Granule);
        Assert.Equal((RangeState.Active, RangeState.Overtaken), (over.State, retired.State));

        // Neither the view that was there nor the free range leads to these addresses any more.
        arena.GiveBack(retired);
        Assert.Equal(RangeState.Overtaken, retired.State);
        Assert.DoesNotContain(Enumerable.Range(0, 20).Select(_ => arena.Take(Granule).Start), start => start >= over.Start && start < over.Start + over.Length);
        Assert.Null(arena.TakeAt(over.Start, Granule));
    }

    [Fact]
    public void A_place_outside_is_reserved_and_left_again()
    {
        AddressArena arena = Fresh();
        nint at = FarAddress();
        Range range = Placed(arena, at, Granule + 1);
        Assert.Equal((false, (nint)(2 * Granule)), (range.IsInArena, range.Length));
        Assert.Null(arena.TakeAt(at + Granule, Granule));
        Assert.False(IsFree(at) || IsFree(at + Granule));
        arena.Retire(range);
        Assert.False(IsFree(at));
        arena.GiveBack(range);
        Assert.True(IsFree(at) && IsFree(at + Granule));
    }

    [Fact]
    public void A_place_that_is_partly_foreign_is_refused_and_everything_stays_as_it_was()
    {
        AddressArena arena = Fresh();
        nint at = FarAddress();
        Range retired = Placed(arena, at, Granule);
        arena.Retire(retired);
        Assert.Equal(at + Granule, Reserve(at + Granule, Granule));
        Assert.Null(arena.TakeAt(at, 2 * Granule));
        Assert.Null(arena.TakeAt(at - Granule, 3 * Granule));
        Assert.Equal(RangeState.Retired, retired.State);
        Assert.False(IsFree(at));
        Assert.True(IsFree(at - Granule));

        // The foreign mapping gone, the same place is free.
        Assert.Equal(0, Libc.munmap(at + Granule, Granule));
        Range range = Placed(arena, at - Granule, 3 * Granule);
        Assert.Equal(RangeState.Overtaken, retired.State);
        arena.GiveBack(retired);
        Assert.False(IsFree(at - Granule) || IsFree(at) || IsFree(at + Granule));
        arena.Retire(range);
        arena.GiveBack(range);
        Assert.True(IsFree(at - Granule) && IsFree(at) && IsFree(at + Granule));
    }

    [Fact]
    public void What_a_new_place_leaves_of_an_old_one_is_free()
    {
        AddressArena arena = Fresh();
        nint at = FarAddress();
        Range retired = Placed(arena, at, 4 * Granule);
        arena.Retire(retired);
        Placed(arena, at + Granule, Granule);
        Assert.Equal(RangeState.Overtaken, retired.State);
        Assert.True(IsFree(at) && IsFree(at + (2 * Granule)) && IsFree(at + (3 * Granule)));
        Assert.False(IsFree(at + Granule));
    }

    [Fact]
    public void A_place_across_the_end_of_the_arena_is_refused()
    {
        AddressArena arena = Fresh();
        Range first = arena.Take(Granule);
        arena.Retire(first);
        Assert.Null(arena.TakeAt(first.Start - Granule, 2 * Granule));
        Assert.Equal(RangeState.Retired, first.State);
    }

    private static AddressArena Fresh()
    {
        Linux.Only();
        return new AddressArena();
    }

    private static Range Placed(AddressArena arena, nint start, long bytes)
    {
        Range? range = arena.TakeAt(start, bytes);
        Assert.NotNull(range);
        Assert.Equal(start, range.Start);
        return range;
    }

    /// <summary>Where systems put nothing by themselves; each test gets other addresses.</summary>
    private static nint FarAddress() => (nint)Interlocked.Add(ref s_far, 1L << 30);

    private static bool IsFree(nint address)
    {
        nint got = Reserve(address, 4096);
        if (got != -1)
        {
            _ = Libc.munmap(got, 4096);
        }

        return got == address;
    }

    private static nint Reserve(nint address, nint bytes) =>
        Libc.mmap(address, bytes, Libc.PROT_NONE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE | Libc.MAP_FIXED_NOREPLACE, -1, 0);
}
