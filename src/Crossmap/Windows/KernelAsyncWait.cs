using System.Runtime.InteropServices;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;

namespace Crossmap.Windows;

/// <summary>A wait for an object of the kernel that holds no thread: the thread pool has one that waits for many.</summary>
internal static class KernelAsyncWait
{
    /// <param name="handle">The object.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit, 0 to try only.</param>
    /// <param name="giveBack">Undoes a wait through a handle to the object, if a wait takes anything. Fails silently: nobody is there to hear.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static Task<bool> Run(KernelHandle handle, long timeoutMilliseconds, Action<SafeHandle>? giveBack, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellation);
        }

        bool taken = KernelWait.Run(handle, 0, CancellationToken.None) == WaitResult.Signaled;
        if (taken || timeoutMilliseconds == 0)
        {
            return Task.FromResult(taken);
        }

        if (Kernel32.DuplicateHandle(Kernel32.CurrentProcess, handle, Kernel32.CurrentProcess, out KernelHandle own, 0, 0, Kernel32.DUPLICATE_SAME_ACCESS) == 0)
        {
            throw WindowsError.Last("The object cannot be waited for");
        }

        var awaited = new Awaited(own);
        var wait = new AsyncWait(arrived: 0, deadline: -1);
        RegisteredWaitHandle registered = ThreadPool.RegisterWaitForSingleObject(
            awaited,
            (_, timedOut) =>
            {
                if (!wait.TryEnd(timedOut ? AsyncWait.End.TimedOut : AsyncWait.End.Taken) && !timedOut)
                {
                    // Cancelled at this moment: what was taken for it goes back, through our own handle, for the caller may have closed his.
                    giveBack?.Invoke(awaited.SafeWaitHandle);
                }
            },
            null, timeoutMilliseconds, executeOnlyOnce: true);
        if (cancellation.CanBeCanceled)
        {
            wait.CancelWith(cancellation);
        }

        _ = wait.Task.ContinueWith(
            over =>
            {
                _ = registered.Unregister(null);

                // Of a wait that was cancelled the pool may be about to call back: then the collector closes it.
                if (!over.IsCanceled)
                {
                    awaited.Dispose();
                }
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return wait.Task;
    }

    /// <summary>A handle of its own: the caller may close his meanwhile.</summary>
    private sealed class Awaited : WaitHandle
    {
        public Awaited(KernelHandle own)
        {
            SafeWaitHandle = new SafeWaitHandle(own.DangerousGetHandle(), ownsHandle: true);
            own.SetHandleAsInvalid();
        }
    }
}
