using Crossmap.Objects;

namespace Crossmap.Windows;

/// <summary>A wait for one object of the kernel.</summary>
internal static unsafe class KernelWait
{
    public static WaitResult Run(KernelHandle handle, long timeoutMilliseconds, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        uint milliseconds = timeoutMilliseconds < 0 ? uint.MaxValue : (uint)timeoutMilliseconds;
        uint result = cancellation.CanBeCanceled && milliseconds != 0
            ? WaitForEither(handle, cancellation.WaitHandle.SafeWaitHandle, milliseconds)
            : Kernel32.WaitForSingleObject(handle, milliseconds);
        return result switch
        {
            Kernel32.WAIT_OBJECT_0 => WaitResult.Signaled,
            Kernel32.WAIT_ABANDONED_0 => WaitResult.Abandoned,
            Win32Error.WAIT_TIMEOUT => WaitResult.TimedOut,
            Kernel32.WAIT_OBJECT_0 + 1 => throw new OperationCanceledException(cancellation),
            _ => throw WindowsError.Last("The object cannot be waited for"),
        };
    }

    /// <summary>Of two that are signaled at once the first counts: what was taken is never lost to a cancellation.</summary>
    private static uint WaitForEither(KernelHandle handle, Microsoft.Win32.SafeHandles.SafeWaitHandle cancelled, uint milliseconds)
    {
        bool ours = false, theirs = false;
        try
        {
            handle.DangerousAddRef(ref ours);
            cancelled.DangerousAddRef(ref theirs);
            nint* handles = stackalloc nint[] { handle.DangerousGetHandle(), cancelled.DangerousGetHandle() };
            return Kernel32.WaitForMultipleObjects(2, handles, all: 0, milliseconds);
        }
        finally
        {
            if (theirs)
            {
                cancelled.DangerousRelease();
            }

            if (ours)
            {
                handle.DangerousRelease();
            }
        }
    }
}
