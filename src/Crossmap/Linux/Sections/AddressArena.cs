using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// The addresses of views: one large inaccessible reservation, handed out in granules of 64 KiB (fact 142). A range goes from free to
/// active (a view lies on it) to retired (disposed, inaccessible again, its view object not collected yet) to free. So a span kept beyond
/// its view faults and never meets another view, and mapping reuses page tables that are there already.
/// </summary>
internal sealed class AddressArena
{
    private const nint Granule = ObjectSystem.AllocationGranularity;

    /// <summary>Addresses only; costs nothing. Views beyond what is left get reservations of their own.</summary>
    private const long PreferredSize = 1L << 40, SmallestSize = 1L << 30;

    /// <summary>The first address that user space never has on x64 (fact 151).</summary>
    public static readonly nint KernelRange = unchecked((nint)0x7FFF_FFFF_0000);

    /// <summary>What the kernel allows an address space.</summary>
    public static readonly int MostAreas = CountAreas();

    /// <summary>
    /// Views at a time. The kernel counts the areas of an address space (<c>vm.max_map_count</c>), a view takes up to two, and a runtime that
    /// gets no more of them does not throw, it ends. So at least three sixteenths of them stay for everything else, beside these,
    /// <see cref="MostApart"/> and <see cref="WordPage.MostOfViews"/>.
    /// </summary>
    private static readonly int MostViews = MostAreas / 32 * 11;

    /// <summary>
    /// Ranges that are each an area of its own while no view lies on them. The kernel joins inaccessible neighbours that are reserved alike, and
    /// cuts the next view out of them again; that takes longer than putting the view in a whole area's place. So every other one of these is
    /// reserved without MAP_NORESERVE, which means nothing for inaccessible memory, but is not alike.
    /// </summary>
    private static readonly int MostApart = MostAreas / 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Stack<Range>> _free = [];
    private readonly nint _end;

    /// <summary>All ranges that are not free, active and retired, for the rare questions about a fixed address.</summary>
    private readonly LinkedList<Range> _taken = [];

    private nint _next;
    private int _apart;
    private int _active;

    /// <summary>Whether a fixed address may lie in the part not handed out yet.</summary>
    private bool _fixedAhead;

    public AddressArena()
    {
        for (long size = PreferredSize; size >= SmallestSize; size /= 16)
        {
            nint start = mmap(0, (nint)size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (start != -1)
            {
                // Not for what a dump would have of it, which is nothing: it makes the untouched part unlike every range that was handed out, and so
                // the last of them stays an area of its own too (MostApart).
                _ = madvise(start, (nint)size, MADV_DONTDUMP);
                _next = (start + Granule - 1) & -Granule;
                _end = start + (nint)size;
                Base = _next;
                return;
            }
        }
    }

    public static AddressArena Instance { get; } = new();

    private nint Base { get; }

    /// <summary>Whether it is an address of the reservation, whatever lies on it.</summary>
    public bool Contains(nint address) => Base != 0 && address >= Base && address < _end;

    public enum RangeState
    {
        Active,
        Retired,

        /// <summary>Was retired, and can be touched: nobody else gets the addresses before the view object is gone, whoever asks for them by name.</summary>
        RetiredTouchable,
        Free,

        /// <summary>Was retired, and a fixed-address view took its addresses: its own view object gives nothing back any more.</summary>
        Overtaken,
    }

    public sealed class Range(nint start, nint length)
    {
        public nint Start { get; } = start;

        /// <summary>Bytes, whole granules.</summary>
        public nint Length { get; } = length;

        public bool IsInArena { get; init; }

        /// <summary>How it is reserved, as a flag of mmap.</summary>
        public int Reserved { get; init; } = MAP_NORESERVE;

        public RangeState State { get; set; }

        public LinkedListNode<Range>? Node { get; set; }
    }

    /// <summary>An inaccessible range for a view of so many bytes, anywhere.</summary>
    public Range Take(long bytes)
    {
        RequireAddressable(bytes);
        nint length = Rounded(bytes);
        lock (_gate)
        {
            RequireArea();
            if (_free.TryGetValue(length, out Stack<Range>? stack) && stack.TryPop(out Range? range))
            {
                return Activate(range);
            }

            SkipTaken(length);
            if (_end - _next >= length)
            {
                bool isLikeTheRest = _apart < MostApart && (_apart++ & 1) != 0;
                range = new Range(_next, length) { IsInArena = true, Reserved = isLikeTheRest ? MAP_NORESERVE : 0 };
                _next += length;
                return Activate(range);
            }
        }

        nint raw = mmap(0, length + Granule, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (raw == -1)
        {
            Errors.Throw(ERROR_NOT_ENOUGH_MEMORY, $"There are no addresses left for a view of {bytes} bytes.");
        }

        nint start = (raw + Granule - 1) & -Granule;
        Trim(raw, start);
        Trim(start + length, raw + length + Granule);
        lock (_gate)
        {
            return Activate(new Range(start, length));
        }
    }

    /// <summary>The range at a fixed address, or null when anything that is not a retired view lies there (487).</summary>
    public Range? TakeAt(nint start, long bytes)
    {
        RequireAddressable(bytes);
        nint length = Rounded(bytes);
        nint end = start + length;
        lock (_gate)
        {
            RequireArea();
            for (LinkedListNode<Range>? node = _taken.First; node is not null; node = node.Next)
            {
                if (node.Value.State != RangeState.Retired && Overlap(node.Value, start, end))
                {
                    return null;
                }
            }

            // Nothing live of ours lies there. Addresses that only wait for the collection of their view may be asked for by name.
            Range[] retired = [.. _taken.Where(r => Overlap(r, start, end)).OrderBy(r => r.Start)];
            bool inside = start >= Base && end <= _end && Base != 0;
            if (inside)
            {
                RemoveFree(start, end);
                _fixedAhead |= end > _next;
            }
            else if ((start < _end && end > Base) || !TryReserveBetween(retired, start, end))
            {
                return null;
            }

            foreach (Range range in retired)
            {
                Overtake(range, start, end);
            }

            return Activate(new Range(start, length) { IsInArena = inside });
        }
    }

    /// <summary>Makes a range inaccessible again. Nobody gets it until <see cref="GiveBack"/>.</summary>
    public void Retire(Range range)
    {
        // Replaced in one step: no moment in which another mapping could slip in.
        _ = mmap(range.Start, range.Length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | range.Reserved, -1, 0);
        lock (_gate)
        {
            range.State = RangeState.Retired;
            _active--;
        }
    }

    /// <summary>
    /// Swaps a range for memory that is nobody's: it reads as zero and takes writes, for who touches it in the moment in which it goes. Nobody
    /// gets it until <see cref="GiveBack"/>.
    /// </summary>
    public void RetireTouchable(Range range)
    {
        // In one step, as in Retire. It fails where the kernel promises no memory that it does not have (vm.overcommit_memory = 2): then the
        // view's own memory stays until GiveBack, and is not less harmless.
        _ = mmap(range.Start, range.Length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
        lock (_gate)
        {
            range.State = RangeState.RetiredTouchable;
            _active--;
        }
    }

    /// <summary>The view object is gone: the addresses may be used again.</summary>
    public void GiveBack(Range range)
    {
        if (range.State == RangeState.RetiredTouchable)
        {
            // Free ranges are inaccessible, as one of Retire is.
            _ = mmap(range.Start, range.Length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | range.Reserved, -1, 0);
        }

        lock (_gate)
        {
            if (range.State is not (RangeState.Retired or RangeState.RetiredTouchable))
            {
                return;
            }

            _taken.Remove(range.Node!);
            range.State = RangeState.Free;
            if (range.IsInArena)
            {
                if (range.Start + range.Length > _next)
                {
                    // It was placed ahead by its address; the untouched part covers it again.
                    return;
                }

                if (!_free.TryGetValue(range.Length, out Stack<Range>? stack))
                {
                    _free[range.Length] = stack = new Stack<Range>();
                }

                stack.Push(range);
                return;
            }
        }

        _ = munmap(range.Start, range.Length);
    }

    private void RequireArea()
    {
        if (_active >= MostViews)
        {
            Errors.Throw(ERROR_NOT_ENOUGH_MEMORY,
                $"There are {_active} views in this process, as many as the kernel's limit of areas allows (vm.max_map_count). Map larger parts, or dispose views.");
        }
    }

    private static int CountAreas()
    {
        const int usual = 65530;
        try
        {
            return int.TryParse(File.ReadAllText("/proc/sys/vm/max_map_count"), out int areas) ? areas : usual;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return usual;
        }
    }

    private Range Activate(Range range)
    {
        _active++;
        range.State = RangeState.Active;
        if (range.Node is null)
        {
            range.Node = _taken.AddLast(range);
        }
        else
        {
            _taken.AddLast(range.Node);
        }

        return range;
    }

    private void RemoveFree(nint start, nint end)
    {
        foreach (Stack<Range> stack in _free.Values)
        {
            if (stack.Any(r => Overlap(r, start, end)))
            {
                Range[] rest = [.. stack.Where(r => !Overlap(r, start, end)).Reverse()];
                stack.Clear();
                foreach (Range r in rest)
                {
                    stack.Push(r);
                }
            }
        }
    }

    /// <summary>
    /// Reserves what the retired ranges, which are reserved already, leave of the addresses outside the arena: all of it or, when anything
    /// foreign lies there, nothing. Until that is known the retired ranges stay what they are.
    /// </summary>
    /// <param name="retired">In the order of their addresses.</param>
    /// <param name="start">The first address.</param>
    /// <param name="end">The one after the last.</param>
    private static bool TryReserveBetween(Range[] retired, nint start, nint end)
    {
        List<(nint From, nint To)> gaps = [];
        nint from = start;
        foreach (Range range in retired)
        {
            gaps.Add((from, range.Start));
            from = range.Start + range.Length;
        }

        gaps.Add((from, end));
        for (int i = 0; i < gaps.Count; i++)
        {
            if (!TryReserve(gaps[i].From, gaps[i].To))
            {
                gaps[..i].ForEach(gap => Trim(gap.From, gap.To));
                return false;
            }
        }

        return true;
    }

    private static bool TryReserve(nint from, nint to)
    {
        if (to <= from)
        {
            return true;
        }

        nint address = mmap(from, to - from, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (address != -1 && address != from)
        {
            // Kernels before 4.17 take the flag for a hint.
            _ = munmap(address, to - from);
        }

        return address == from;
    }

    /// <summary>A new range takes these addresses of a retired one, whose others are free.</summary>
    private void Overtake(Range range, nint start, nint end)
    {
        _taken.Remove(range.Node!);
        range.State = RangeState.Overtaken;
        if (!range.IsInArena)
        {
            Trim(range.Start, start);
            Trim(end, range.Start + range.Length);
        }
    }

    /// <summary>Moves the untouched part's start over views that fixed addresses placed in it.</summary>
    private void SkipTaken(nint length)
    {
        bool moved = _fixedAhead;
        while (moved)
        {
            moved = false;
            foreach (Range range in _taken)
            {
                if (range.IsInArena && Overlap(range, _next, _next + length))
                {
                    _next = range.Start + range.Length;
                    moved = true;
                }
            }
        }
    }

    /// <summary>A file in tmpfs can have 2^63 - 1 bytes: no sum below may overflow for it.</summary>
    private static void RequireAddressable(long bytes)
    {
        if (bytes > KernelRange)
        {
            Errors.Throw(ERROR_NOT_ENOUGH_MEMORY, $"A view of {bytes} bytes is larger than the address space.");
        }
    }

    private static bool Overlap(Range range, nint start, nint end) => range.Start < end && start < range.Start + range.Length;

    private static nint Rounded(long bytes) => (nint)((bytes + Granule - 1) & ~((long)Granule - 1));

    private static void Trim(nint from, nint to)
    {
        if (to > from)
        {
            _ = munmap(from, to - from);
        }
    }
}
