using System.Diagnostics.CodeAnalysis;
using Crossmap.Objects;
using static Crossmap.Windows.Kernel32;

namespace Crossmap.Windows;

/// <summary>A mapped range. Its finalizer gives disposed addresses back, and only counts a view that nobody disposed.</summary>
internal sealed class WindowsView : View
{
    private readonly ViewRange _range;
    private readonly SectionOptions _options;
    private readonly MappedFile? _file;
    private int _disposed;

    public WindowsView(ViewRange range, long length, SectionOptions options, MappedFile? file)
    {
        const uint baseProtection = 0xFF;
        _range = range;
        _options = options;
        _file = file?.AddReference();
        Length = length;
        Protection = Query(range.Start, out MemoryInformation information) ? (PageProtection)(information.AllocationProtect & baseProtection) : PageProtection.None;
    }

    ~WindowsView()
    {
        if (_disposed != 0)
        {
            _range.GiveBack();
        }
        else
        {
            CrossmapEventSource.Log.ViewAbandoned(RegionSize);
        }
    }

    public override nint Address => _range.Start;

    public override long Length { get; }

    public override long RegionSize => _range.Length;

    public override PageProtection Protection { get; }

    private bool CanWrite => ProtectionRules.CanWrite(Protection);

    public override void Flush(long offset, long length)
    {
        if (length == 0)
        {
            return;
        }

        // Succeeds for memory too, which has no disk behind it (fact 169).
        if (FlushViewOfFile(_range.Start + (nint)offset, (nint)length) == 0)
        {
            throw WindowsError.Last("The changed bytes could not be written to the file");
        }

        // What cannot be changed through this view need not be waited for, and a private copy never reaches the file (fact 171).
        if ((_options & SectionOptions.File) != 0 && CanWrite)
        {
            if (_file is null)
            {
                Errors.Throw(Win32Error.ERROR_ACCESS_DENIED, "The changed bytes are in the file, but the caller may not open it to make the disk keep them.");
            }

            _file.Flush();
        }
    }

    public override void Prefetch(long offset, long length)
    {
        if (length > 0)
        {
            // A hint: that it could not be followed is no error.
            var range = new MemoryRange { Address = _range.Start + (nint)offset, Bytes = (nint)length };
            _ = PrefetchVirtualMemory(CurrentProcess, 1, in range, 0);
        }
    }

    /// <summary>Unlocking pages that are not locked fails, and takes them out of the working set: documented, and the content stays.</summary>
    public override void Discard(long offset, long length)
    {
        if (length > 0)
        {
            _ = VirtualUnlock(_range.Start + (nint)offset, (nint)length);
        }
    }

    public override void Commit(long offset, long length)
    {
        // A file's view is committed from the start: the kernel says so for a range of any length but none (fact 191).
        if (length == 0 && (_options & SectionOptions.File) == 0)
        {
            return;
        }

        if (VirtualAlloc(_range.Start + (nint)offset, (nint)Math.Max(length, 1), MEM_COMMIT, (uint)Protection) == 0)
        {
            throw WindowsError.Last($"The {length} bytes from {offset} cannot be committed");
        }
    }

    /// <summary>The system does not tell: the working set has no bit for it.</summary>
    public override bool? IsDirty(long offset, long length) => null;

    [SuppressMessage("Usage", "CA1816", Justification = "Collecting this object is what frees the addresses, so its finalizer must run after Dispose too.")]
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _range.Retire();
            _file?.Release();
        }
    }
}
