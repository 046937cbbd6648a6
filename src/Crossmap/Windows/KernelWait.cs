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

    /// <summary>Waits for any of them, or for all.</summary>
    /// <returns>The index of the one that was there, or -1 when the time passed first.</returns>
    public static int Run(ReadOnlySpan<KernelHandle> handles, bool all, long timeoutMilliseconds, CancellationToken cancellation, out WaitResult result)
    {
        cancellation.ThrowIfCancellationRequested();
        uint milliseconds = timeoutMilliseconds < 0 ? uint.MaxValue : (uint)timeoutMilliseconds;
        bool cancellable = cancellation.CanBeCanceled && milliseconds != 0;
        int count = handles.Length + (cancellable ? 1 : 0);
        nint* values = stackalloc nint[count];
        int added = 0;
        bool tokenAdded = false;

        // Asked for once: its source may be disposed meanwhile.
        Microsoft.Win32.SafeHandles.SafeWaitHandle? cancelled = cancellable ? cancellation.WaitHandle.SafeWaitHandle : null;
        try
        {
            for (; added < handles.Length; added++)
            {
                bool ignored = false;
                handles[added].DangerousAddRef(ref ignored);
                values[added] = handles[added].DangerousGetHandle();
            }

            if (cancelled is not null)
            {
                cancelled.DangerousAddRef(ref tokenAdded);
                values[handles.Length] = cancelled.DangerousGetHandle();
            }

            uint answer = Kernel32.WaitForMultipleObjects((uint)count, values, all ? 1 : 0, milliseconds);
            result = answer == Win32Error.WAIT_TIMEOUT ? WaitResult.TimedOut
                : answer is >= Kernel32.WAIT_ABANDONED_0 and < Kernel32.WAIT_ABANDONED_0 + Kernel32.MAXIMUM_WAIT_OBJECTS ? WaitResult.Abandoned
                : WaitResult.Signaled;
            return answer == Kernel32.WAIT_FAILED ? throw WindowsError.Last("The objects cannot be waited for")
                : result == WaitResult.TimedOut ? -1
                : result == WaitResult.Abandoned ? (int)(answer - Kernel32.WAIT_ABANDONED_0)
                : answer == handles.Length ? throw new OperationCanceledException(cancellation)
                : (int)answer;
        }
        finally
        {
            if (tokenAdded)
            {
                cancelled!.DangerousRelease();
            }

            while (--added >= 0)
            {
                handles[added].DangerousRelease();
            }
        }
    }

    /// <summary>Signals one object and waits for another in one call.</summary>
    public static WaitResult Run(KernelHandle signaled, KernelHandle waitedFor, long timeoutMilliseconds) =>
        Kernel32.SignalObjectAndWait(signaled, waitedFor, timeoutMilliseconds < 0 ? uint.MaxValue : (uint)timeoutMilliseconds, 0) switch
        {
            Kernel32.WAIT_OBJECT_0 => WaitResult.Signaled,
            Kernel32.WAIT_ABANDONED_0 => WaitResult.Abandoned,
            Win32Error.WAIT_TIMEOUT => WaitResult.TimedOut,
            _ => throw WindowsError.Last("The object cannot be signaled, or the other not be waited for"),
        };

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
