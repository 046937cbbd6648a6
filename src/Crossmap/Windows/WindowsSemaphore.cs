using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Windows;

/// <summary>A semaphore of the kernel.</summary>
internal sealed unsafe class WindowsSemaphore : Objects.Semaphore, IKernelObject
{
    /// <summary>What it takes to wait, release and look: less than a full access list may give, and all that is needed.</summary>
    public const uint Rights = Kernel32.SYNCHRONIZE | Kernel32.SEMAPHORE_MODIFY_STATE | Kernel32.SEMAPHORE_QUERY_STATE;

    private readonly KernelHandle _handle;

    /// <summary>Takes the handle over.</summary>
    public WindowsSemaphore(KernelHandle handle, bool createdNew)
    {
        _handle = handle;
        CreatedNew = createdNew;
        MaximumCount = Query(handle).MaximumCount;
    }

    public override bool CreatedNew { get; }

    public KernelHandle Handle => _handle;

    public override int MaximumCount { get; }

    public override int CurrentCount => Query(_handle).CurrentCount;

    public override WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation) => KernelWait.Run(_handle, timeoutMilliseconds, cancellation);

    public override Task<bool> WaitAsync(long timeoutMilliseconds, CancellationToken cancellation) =>
        KernelAsyncWait.Run(_handle, timeoutMilliseconds, static handle => _ = Kernel32.ReleaseSemaphore(handle, 1, out _), cancellation);

    public override int Release(int count)
    {
        if (Kernel32.ReleaseSemaphore(_handle, count, out int previous) != 0)
        {
            return previous;
        }

        Exception failure = WindowsError.Last("The semaphore cannot be released");
        return Errors.CodeOf(failure) == ERROR_TOO_MANY_POSTS ? -1 : throw failure;
    }

    public override void Dispose() => _handle.Dispose();

    public static Ntdll.SemaphoreInformation Query(KernelHandle handle)
    {
        int status = Ntdll.NtQuerySemaphore(handle, 0, out Ntdll.SemaphoreInformation information, sizeof(Ntdll.SemaphoreInformation), 0);
        return status >= 0 ? information : throw WindowsError.OfStatus(status, "The semaphore's counts cannot be read");
    }
}
