using Crossmap.Linux;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>What <c>VirtualQuery</c> tells of a run of pages.</summary>
internal readonly record struct PageRun(nint Start, long Length, bool IsCommitted, uint Protection);

/// <summary>A view with what was made of its pages: protections (<c>VirtualProtect</c>) and commits (<c>VirtualAlloc</c>).</summary>
internal sealed class NativeView
{
    private readonly LinuxView _view;
    private readonly SectionMemory _memory;
    private readonly long _offset;
    private readonly Lock _gate = new();

    /// <summary>Nothing until a protection is changed. In the order of their starts, without gaps.</summary>
    private List<Part>? _parts;

    /// <param name="view">Mapped.</param>
    /// <param name="memory">With this view counted.</param>
    /// <param name="offset">Where in the section it begins.</param>
    public NativeView(LinuxView view, SectionMemory memory, long offset) => (_view, _memory, _offset) = (view, memory, offset);

    public nint Start => _view.Address;

    /// <summary>Whole pages.</summary>
    public long Length => _view.RegionSize;

    /// <summary>As it was mapped, with the section's caching flags.</summary>
    public uint AllocationProtection => (uint)_view.Protection | _memory.CachingFlags;

    public void Unmap()
    {
        _view.Unmap();
        _memory.RemoveView();
    }

    public void Flush(long offset, long bytes) => _view.Flush(offset, bytes);

    /// <summary>The pages from an address on that are alike.</summary>
    public PageRun Query(nint address)
    {
        lock (_gate)
        {
            return QueryLocked(address);
        }
    }

    /// <summary><c>VirtualProtect</c>.</summary>
    /// <returns>The protection of the first page before.</returns>
    public uint Protect(nint address, long bytes, PageProtection protection)
    {
        lock (_gate)
        {
            (long from, long to) = Range(address, bytes);
            RequireAllowed(protection);
            uint before = QueryLocked(address).Protection;
            if (!_memory.IsCommitted(_offset + from, _offset + to, out long end) || end < _offset + to)
            {
                Errors.Throw(ERROR_INVALID_ADDRESS, "Not all pages of the range are committed.");
            }

            Set(from, to, protection);
            return before;
        }
    }

    /// <summary><c>VirtualAlloc(MEM_COMMIT)</c>: facts 191-193, 199-204.</summary>
    public void Commit(nint address, long bytes, PageProtection protection)
    {
        lock (_gate)
        {
            (long from, long to) = Range(address, bytes);
            if (_memory.IsFile)
            {
                Errors.Throw(ERROR_ACCESS_DENIED, "A file's view is committed from the start.");
            }

            RequireAllowed(protection);
            if (_memory.IsReserved)
            {
                _memory.Commit(_offset + from, to - from);
            }

            Set(from, to, protection);
        }
    }

    /// <summary>Whole pages that contain the range, as offsets in the view.</summary>
    public (long From, long To) Range(nint address, long bytes)
    {
        long from = (address - Start) & -PageSize;
        if (bytes <= 0 || bytes > Length - (address - Start))
        {
            Errors.Throw(ERROR_INVALID_ADDRESS, "The range does not lie inside the view.");
        }

        return (from, (address - Start + bytes + PageSize - 1) & -PageSize);
    }

    /// <summary>The limit is the view's own protection, not the section's (facts 184-188).</summary>
    private void RequireAllowed(PageProtection protection)
    {
        int allowed = Uses(_view.Protection), wanted = Uses(protection);
        if ((wanted & ~allowed) != 0)
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"A view of {_view.Protection} cannot have pages of {protection}.");
        }
    }

    private static int Uses(PageProtection protection) => protection switch
    {
        PageProtection.NoAccess => PROT_NONE,
        PageProtection.ReadOnly or PageProtection.WriteCopy => PROT_READ,
        PageProtection.ReadWrite => PROT_READ | PROT_WRITE,
        PageProtection.Execute => PROT_EXEC,
        PageProtection.ExecuteRead or PageProtection.ExecuteWriteCopy => PROT_READ | PROT_EXEC,
        _ => PROT_READ | PROT_WRITE | PROT_EXEC,
    };

    private PageRun QueryLocked(nint address)
    {
        long from = (address - Start) & -PageSize;
        Part part = PartAt(from, out long end);
        if (!_memory.IsCommitted(_offset + from, _offset + end, out long committedEnd))
        {
            return new PageRun(Start + (nint)from, committedEnd - _offset - from, false, 0);
        }

        end = committedEnd - _offset;
        PageProtection protection = part.Protection;
        if (protection is PageProtection.WriteCopy or PageProtection.ExecuteWriteCopy)
        {
            // What was written is the process's own, and can be written like anything else (facts 173, 178).
            bool isOwn = PrivatePages.Same(Start + (nint)from, end - from, out long same);
            end = from + same;
            protection = !isOwn ? protection : protection == PageProtection.WriteCopy ? PageProtection.ReadWrite : PageProtection.ExecuteReadWrite;
        }

        return new PageRun(Start + (nint)from, end - from, true, (uint)protection | _memory.CachingFlags);
    }

    private Part PartAt(long offset, out long end)
    {
        end = Length;
        if (_parts is null)
        {
            return new Part(0, _view.Protection, IsCopy(_view.Protection));
        }

        int at = _parts.FindLastIndex(part => part.Start <= offset);
        end = at + 1 < _parts.Count ? _parts[at + 1].Start : Length;
        return _parts[at];
    }

    private void Set(long from, long to, PageProtection protection)
    {
        _parts ??= [new Part(0, _view.Protection, IsCopy(_view.Protection))];
        List<Part> changed = [];
        for (long at = from; at < to;)
        {
            Part part = PartAt(at, out long end);
            end = Math.Min(end, to);
            SetOne(changed, at, end, part.IsPrivate, protection);
            at = end;
        }

        Part behind = PartAt(Math.Min(to, Length - 1), out _);
        List<Part> parts = [.. _parts.Where(part => part.Start < from), .. changed];
        if (to < Length)
        {
            parts.Add(behind with { Start = to });
        }

        parts.AddRange(_parts.Where(part => part.Start > to));
        _parts = [.. parts.Where((part, i) => i == 0 || !part.IsLike(parts[i - 1]))];
    }

    /// <summary>
    /// Pages that are mapped alike. Between sharing and copying on write they are mapped anew; but those that were written since, which are the
    /// process's own, stay so.
    /// </summary>
    private void SetOne(List<Part> changed, long from, long to, bool isPrivate, PageProtection protection)
    {
        bool becomesPrivate = IsCopy(protection) || IsCopy(_view.Protection);
        for (long at = from; at < to;)
        {
            long end = to;
            bool stays = isPrivate == becomesPrivate || protection is not (PageProtection.ReadWrite or PageProtection.ExecuteReadWrite or PageProtection.WriteCopy or PageProtection.ExecuteWriteCopy);
            if (!stays && isPrivate)
            {
                stays = PrivatePages.Same(Start + (nint)at, to - at, out long same);
                end = at + same;
            }

            if (stays)
            {
                if (mprotect(Start + (nint)at, (nint)(end - at), LinuxSection.MemoryProtection(protection)) != 0)
                {
                    throw LinuxError.Last("The pages' protection cannot be changed");
                }
            }
            else
            {
                _memory.Map(Start + (nint)at, end - at, protection, becomesPrivate ? MAP_PRIVATE : MAP_SHARED, _offset + at);
            }

            changed.Add(new Part(at, protection, stays ? isPrivate : becomesPrivate));
            at = end;
        }
    }

    private static bool IsCopy(PageProtection protection) => protection is PageProtection.WriteCopy or PageProtection.ExecuteWriteCopy;

    /// <summary>Pages from here to the next part's start.</summary>
    /// <param name="Start">Offset in the view.</param>
    /// <param name="Protection">As it was set last.</param>
    /// <param name="IsPrivate">Whether writes go to pages of the process's own.</param>
    private readonly record struct Part(long Start, PageProtection Protection, bool IsPrivate)
    {
        public bool IsLike(Part other) => (Protection, IsPrivate) == (other.Protection, other.IsPrivate);
    }
}
