using Crossmap.Objects;

namespace Crossmap.Windows;

/// <summary>An event of the kernel.</summary>
internal sealed unsafe class WindowsEvent : Event, IKernelObject
{
    /// <summary>What it takes to wait, set and look.</summary>
    public const uint Rights = Kernel32.SYNCHRONIZE | Kernel32.EVENT_MODIFY_STATE | Kernel32.EVENT_QUERY_STATE;

    private readonly KernelHandle _handle;

    /// <summary>Takes the handle over.</summary>
    public WindowsEvent(KernelHandle handle, bool createdNew)
    {
        _handle = handle;
        CreatedNew = createdNew;
        IsManualReset = Query(handle).Type == Ntdll.NotificationEvent;
    }

    public override bool CreatedNew { get; }

    public KernelHandle Handle => _handle;

    public override bool IsManualReset { get; }

    public override bool IsSet => Query(_handle).State != 0;

    public override WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation) => KernelWait.Run(_handle, timeoutMilliseconds, cancellation);

    public override Task<bool> WaitAsync(long timeoutMilliseconds, CancellationToken cancellation) =>
        KernelAsyncWait.Run(_handle, timeoutMilliseconds, IsManualReset ? null : static handle => _ = Kernel32.SetEvent(handle), cancellation);

    public override void Set() => Require(Kernel32.SetEvent(_handle));

    public override void Reset() => Require(Kernel32.ResetEvent(_handle));

    public override void Pulse() => Require(Kernel32.PulseEvent(_handle));

    public override void Dispose() => _handle.Dispose();

    public static Ntdll.EventInformation Query(KernelHandle handle)
    {
        int status = Ntdll.NtQueryEvent(handle, 0, out Ntdll.EventInformation information, sizeof(Ntdll.EventInformation), 0);
        return status >= 0 ? information : throw WindowsError.OfStatus(status, "The event's state cannot be read");
    }

    private static void Require(int done)
    {
        if (done == 0)
        {
            throw WindowsError.Last("The event cannot be changed");
        }
    }
}
