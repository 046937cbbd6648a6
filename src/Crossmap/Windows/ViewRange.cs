using static Crossmap.Windows.Kernel32;

namespace Crossmap.Windows;

/// <summary>
/// The addresses of one view: mapped, then retired (disposed: inaccessible, and nobody else's), then free when the view object was collected.
/// </summary>
/// <remarks>
/// A view that was mapped over a placeholder becomes one again in a single step. Where the system has no placeholders (Windows before 10
/// 1803) or refuses one (images, large pages), the range is unmapped and reserved again at once: another thread that allocates just between
/// the two may get it, and then a span kept too long meets that thread's memory.
/// </remarks>
internal sealed class ViewRange
{
    /// <summary>Bytes. The processor's, on all that .NET's Windows runs on.</summary>
    public const int PageSize = 4096;

    private static readonly Lock s_gate = new();

    /// <summary>Disposed views whose objects still live, for the rare question whether a fixed address may be had.</summary>
    private static readonly HashSet<ViewRange> s_retired = [];

    private static volatile bool s_hasPlaceholders = true;

    private readonly bool _isPlaceholder;

    private ViewRange(nint start, nint length, bool isPlaceholder)
    {
        Start = start;
        Length = length;
        _isPlaceholder = isPlaceholder;
    }

    public nint Start { get; }

    /// <summary>Bytes, whole pages.</summary>
    public nint Length { get; }

    /// <summary>Maps over a placeholder, or not at all: then nothing has changed, and the plain call says why.</summary>
    /// <param name="section">The section.</param>
    /// <param name="protection">The view's protection.</param>
    /// <param name="offset">Checked to lie inside, as the range is.</param>
    /// <param name="length">Bytes, exactly.</param>
    /// <param name="address">Where; 0 for anywhere.</param>
    public static ViewRange? TryMapPlaceholder(KernelHandle section, PageProtection protection, long offset, long length, nint address)
    {
        if (!s_hasPlaceholders)
        {
            return null;
        }

        try
        {
            nint whole = Rounded(length);
            nint start = VirtualAlloc2(CurrentProcess, address, whole, MEM_RESERVE | MEM_RESERVE_PLACEHOLDER, PAGE_NOACCESS, 0, 0);
            if (start == 0)
            {
                return null;
            }

            bool isThere = address == 0 || start == address;

            // A placeholder is replaced by whole pages only; but the last page of a file's section may be a part of one, and then whole pages
            // are more than the section has. Systems differ in which of the two they hold against the caller.
            if (isThere
                && (MapViewOfFile3(section, CurrentProcess, start, (ulong)offset, (nint)length, MEM_REPLACE_PLACEHOLDER, (uint)protection, 0, 0) == start
                || (whole != length && MapViewOfFile3(section, CurrentProcess, start, (ulong)offset, whole, MEM_REPLACE_PLACEHOLDER, (uint)protection, 0, 0) == start)))
            {
                return new ViewRange(start, whole, isPlaceholder: true);
            }

            _ = VirtualFree(start, 0, MEM_RELEASE);
            return null;
        }
        catch (EntryPointNotFoundException)
        {
            s_hasPlaceholders = false;
            return null;
        }
    }

    /// <summary>What the plain call has mapped.</summary>
    public static ViewRange OfPlainView(nint start, nint length) => new(start, length, isPlaceholder: false);

    /// <summary>
    /// Gives up retired ranges that alone stand in the way of a view at a fixed address: they only wait for their views' collection, and on
    /// Windows the address of an unmapped view is free (fact 150).
    /// </summary>
    /// <returns>Whether the range is free now.</returns>
    public static bool Overtake(nint start, long length)
    {
        nint end = start + Rounded(length);
        lock (s_gate)
        {
            List<ViewRange> inTheWay = [.. s_retired.Where(r => r.Start < end && start < r.Start + r.Length)];
            for (nint at = start; at < end;)
            {
                if (!Query(at, out MemoryInformation information) ||
                    (information.State != MEM_FREE && !inTheWay.Exists(r => r.Start <= at && at < r.Start + r.Length)))
                {
                    return false;
                }

                at = information.BaseAddress + information.RegionSize;
            }

            foreach (ViewRange range in inTheWay)
            {
                range.Free();
            }

            return inTheWay.Count > 0;
        }
    }

    /// <summary>Unmaps the view and keeps its addresses from everybody.</summary>
    public void Retire()
    {
        bool kept = _isPlaceholder && UnmapViewOfFile2(CurrentProcess, Start, MEM_PRESERVE_PLACEHOLDER) != 0;
        if (!kept)
        {
            _ = UnmapViewOfFile(Start);
            kept = VirtualAlloc(Start, Length, MEM_RESERVE, PAGE_NOACCESS) == Start;
        }

        if (kept)
        {
            lock (s_gate)
            {
                s_retired.Add(this);
            }
        }
    }

    /// <summary>The view object is gone: the addresses may be used again.</summary>
    public void GiveBack()
    {
        lock (s_gate)
        {
            // Not there: overtaken, or never got back.
            if (s_retired.Contains(this))
            {
                Free();
            }
        }
    }

    private void Free()
    {
        s_retired.Remove(this);
        _ = VirtualFree(Start, 0, MEM_RELEASE);
    }

    private static nint Rounded(long bytes) => (nint)((bytes + PageSize - 1) & -PageSize);
}
