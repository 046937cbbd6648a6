using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>A view on a range of the arena. Its finalizer gives disposed addresses back, and only counts a view that nobody disposed.</summary>
internal sealed class LinuxView : View
{
    private readonly AddressArena.Range _range;
    private readonly long _mapped;
    private readonly MappedFileEntry? _entry;
    private readonly SectionOptions _options;
    private int _disposed;

    /// <param name="range">Mapped already.</param>
    /// <param name="length">Bytes that may be used.</param>
    /// <param name="protection">As mapped.</param>
    /// <param name="options">The section's.</param>
    /// <param name="place">Where in its file it begins.</param>
    /// <param name="entry">With this view counted (<see cref="MappedFileEntry.AddView"/>); null without a file.</param>
    public LinuxView(AddressArena.Range range, long length, PageProtection protection, SectionOptions options, in FilePlace place, MappedFileEntry? entry)
    {
        _range = range;
        _mapped = (length + PageSize - 1) & -PageSize;
        _options = options;
        _entry = entry;
        Place = place;
        Length = length;
        Protection = protection;
    }

    ~LinuxView()
    {
        if (_disposed != 0)
        {
            AddressArena.Instance.GiveBack(_range);
        }
        else
        {
            CrossmapEventSource.Log.ViewAbandoned(_mapped);
        }
    }

    public override nint Address => _range.Start;

    public override long Length { get; }

    public override long RegionSize => _mapped;

    public override PageProtection Protection { get; }

    /// <summary>Where in its file it begins: the same for all views of that part of the section.</summary>
    public FilePlace Place { get; }

    private bool IsFile => (_options & SectionOptions.File) != 0;

    public override void Flush(long offset, long length)
    {
        // Memory has no disk behind it, and a private copy never reaches one (facts 169, 171).
        if (!IsFile || length == 0)
        {
            return;
        }

        // MS_SYNC writes the range and what is needed to read it back, and waits for the device: FlushViewOfFile and FlushFileBuffers at once.
        long from = offset & -PageSize;
        if (!Synchronise(_range.Start + (nint)from, (nint)(offset + length - from)))
        {
            throw LinuxError.Last("The changed bytes could not be written to the disk");
        }
    }

    public override void Prefetch(long offset, long length) => Advise(offset, length, MADV_WILLNEED);

    /// <summary>Cold, not "do not need": the latter would throw a private copy away.</summary>
    public override void Discard(long offset, long length) => Advise(offset, length, MADV_COLD);

    public override void Commit(long offset, long length)
    {
        if (IsFile)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, "A file's view is committed from the start.");
        }

        if (length == 0)
        {
            return;
        }

        long from = offset & -PageSize;
        long bytes = offset + length - from;
        Populate(_range.Start + (nint)from, bytes, Protection is PageProtection.ReadWrite or PageProtection.ExecuteReadWrite);
    }

    /// <summary>Provides the memory under whole pages that are mapped, as their protection allows.</summary>
    public static void Populate(nint address, long bytes, bool byWriting)
    {
        MemoryBudget.Current.Require(bytes, -1, "the committed range");
        if (madvise(address, (nint)bytes, byWriting ? MADV_POPULATE_WRITE : MADV_POPULATE_READ) != 0)
        {
            throw Errno switch
            {
                EINVAL => Errors.Of(ERROR_NOT_SUPPORTED, "Committing needs Linux 5.14 or newer (MADV_POPULATE_WRITE). Touching the memory commits it too."),
                EFAULT or ENOMEM => Errors.Of(ERROR_COMMITMENT_LIMIT, $"There is no memory for the {bytes} bytes to commit."),
                _ => LinuxError.Last("The range cannot be committed"),
            };
        }
    }

    /// <summary>
    /// The kernel tells for a whole mapping only: changed through this process and not written back since. Views of neighbouring parts of
    /// a file at neighbouring addresses are one mapping to it.
    /// </summary>
    public override bool? IsDirty(long offset, long length)
    {
        if (!IsFile)
        {
            return null;
        }

        nint end = _range.Start + (nint)_mapped;
        bool inside = false, isExact = false;
        long kilobytes = 0;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (!inside)
            {
                if (TryRange(line, out nint from, out nint to))
                {
                    inside = from <= _range.Start && end <= to;
                    isExact = from == _range.Start && end == to;
                }
            }
            else if (line.Contains("_Dirty:", StringComparison.Ordinal))
            {
                kilobytes += long.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("VmFlags", StringComparison.Ordinal))
            {
                break;
            }
        }

        return !inside ? null : kilobytes == 0 ? false : isExact && offset == 0 && length == Length ? true : null;
    }

    /// <summary>The first line of a mapping: "7f0000000000-7f0000010000 rw-s …".</summary>
    private static bool TryRange(string line, out nint from, out nint to)
    {
        to = 0;
        int dash = line.IndexOf('-', StringComparison.Ordinal), space = line.IndexOf(' ', StringComparison.Ordinal);
        return nint.TryParse(line.AsSpan(0, Math.Max(dash, 0)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out from)
            && space > dash
            && nint.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out to);
    }

    [SuppressMessage("Usage", "CA1816", Justification = "Collecting this object is what frees the addresses, so its finalizer must run after Dispose too.")]
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            AddressArena.Instance.Retire(_range);
            _entry?.RemoveView();
        }
    }

    /// <summary>Dispose for who keeps no spans: the addresses are free at once, as Windows' are, and this object is not needed any more.</summary>
    [SuppressMessage("Usage", "CA1816", Justification = "The finalizer only gives the addresses back, which is done here.")]
    public void Unmap()
    {
        Dispose();
        GC.SuppressFinalize(this);
        AddressArena.Instance.GiveBack(_range);
    }

    [SuppressMessage("Usage", "CA1816", Justification = "As in Dispose.")]
    public override void Retire()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            AddressArena.Instance.RetireTouchable(_range);
            _entry?.RemoveView();
        }
    }

    /// <summary>The page at an offset, for words that outlive the view. The view is mapped shared.</summary>
    public WordPage WordPageAt(long offset)
    {
        return WordPage.OfView((Place with { Position = Place.Position + offset }).Page, () =>
        {
            // No old length: what is shared is not moved, but mapped a second time.
            nint again = mremap(_range.Start + (nint)(offset & -PageSize), 0, PageSize, MREMAP_MAYMOVE);
            int errno = Errno;

            // SYNC POINT with Dispose, which says so before it retires the range: not said until now, the page was the view's own.
            if (Volatile.Read(ref _disposed) != 0)
            {
                _ = again == -1 ? 0 : munmap(again, PageSize);
                throw new ObjectDisposedException(nameof(MappedView));
            }

            return again != -1 ? again : throw LinuxError.Of(errno, "The view's page cannot be mapped again for the object in it");
        });
    }

    private void Advise(long offset, long length, int advice)
    {
        long from = offset & -PageSize;
        if (length > 0)
        {
            // A hint: a kernel that does not know it loses nothing.
            _ = madvise(_range.Start + (nint)from, (nint)(offset + length - from), advice);
        }
    }
}
