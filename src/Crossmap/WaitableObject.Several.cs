using System.Runtime.CompilerServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap;

/// <summary>Waits for several objects.</summary>
public abstract partial class WaitableObject
{
    /// <summary>How many objects one wait can be for (<c>MAXIMUM_WAIT_OBJECTS</c>, fact 255).</summary>
    public const int MaximumWaitObjects = 64;

    /// <summary>Waits for any of several objects, as long as it takes (<c>WaitForMultipleObjects</c>).</summary>
    /// <inheritdoc cref="WaitAny(ReadOnlySpan{WaitableObject}, TimeSpan, CancellationToken)"/>
    public static int WaitAny(params ReadOnlySpan<WaitableObject> objects) => WaitAny(objects, -1, CancellationToken.None);

    /// <summary>Waits for any of several objects, of mixed kinds, no longer than a time (<c>WaitForMultipleObjects</c>).</summary>
    /// <param name="objects">From 1 to <see cref="MaximumWaitObjects"/>; on Windows one less with a token that can be cancelled.</param>
    /// <param name="timeout">Rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero only tries.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>
    /// The lowest index of those that could be taken (facts 230, 254): that one was taken and no other. <see cref="WaitHandle.WaitTimeout"/> when the
    /// time passed first.
    /// </returns>
    /// <exception cref="AbandonedMutexException">A mutex whose last owner died; the caller owns it, and <see cref="AbandonedMutexException.MutexIndex"/>
    /// tells which (fact 244).</exception>
    /// <exception cref="ArgumentException">No object, or too many (87).</exception>
    /// <exception cref="OperationCanceledException">Cancelled first; nothing was taken.</exception>
    /// <exception cref="PlatformNotSupportedException">None is there, and this system cannot sleep for them: a Linux before 5.16 (50).</exception>
    public static int WaitAny(ReadOnlySpan<WaitableObject> objects, TimeSpan timeout, CancellationToken cancellation = default) =>
        WaitAny(objects, MillisecondsOf(timeout), cancellation);

    /// <summary>Waits until it can take all of several objects, as long as it takes (<c>WaitForMultipleObjects</c>).</summary>
    /// <inheritdoc cref="WaitAll(ReadOnlySpan{WaitableObject}, TimeSpan)"/>
    public static void WaitAll(params ReadOnlySpan<WaitableObject> objects) => WaitAll(objects, -1);

    /// <summary>Waits until it can take all of several objects, of mixed kinds, no longer than a time (<c>WaitForMultipleObjects</c>).</summary>
    /// <remarks>
    /// On Linux it takes one after the other, and gives back what it has when somebody else was faster at the next: others may see an object taken
    /// for that moment.
    /// </remarks>
    /// <param name="objects">From 1 to <see cref="MaximumWaitObjects"/>, none of them twice.</param>
    /// <param name="timeout">Rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero only tries.</param>
    /// <returns>False when the time passed first; then nothing was taken (fact 230).</returns>
    /// <exception cref="AbandonedMutexException">All were taken, and the last owner of a mutex among them had died (fact 245).</exception>
    /// <exception cref="ArgumentException">No object, too many, or one twice (87).</exception>
    public static bool WaitAll(ReadOnlySpan<WaitableObject> objects, TimeSpan timeout) => WaitAll(objects, MillisecondsOf(timeout));

    /// <summary>
    /// Sets an event, releases a mutex, or one count of a semaphore, and waits for another object (<c>SignalObjectAndWait</c>). Others may see the
    /// signal before this wait has begun.
    /// </summary>
    /// <param name="signaled">What to signal.</param>
    /// <param name="waitedFor">What to wait for then.</param>
    /// <param name="timeout">Rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero only tries.</param>
    /// <returns>False when the time passed first; the signal was given.</returns>
    /// <exception cref="AbandonedMutexException">A mutex was waited for whose last owner died; the caller owns it.</exception>
    /// <exception cref="SemaphoreFullException">The semaphore has its maximum (298, fact 229); nothing was waited for.</exception>
    /// <exception cref="ApplicationException">The caller does not own the mutex to release (288); nothing was waited for.</exception>
    public static bool SignalAndWait(WaitableObject signaled, WaitableObject waitedFor, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(signaled);
        ArgumentNullException.ThrowIfNull(waitedFor);
        long milliseconds = MillisecondsOf(timeout);
        signaled.ThrowIfDisposed();
        waitedFor.ThrowIfDisposed();
        WaitResult result = ObjectSystem.Current.SignalAndWait(signaled._waitable, waitedFor._waitable, milliseconds);
        GC.KeepAlive(signaled);
        GC.KeepAlive(waitedFor);
        return result == WaitResult.Abandoned ? throw waitedFor.Abandoned() : result == WaitResult.Signaled;
    }

    private static int WaitAny(ReadOnlySpan<WaitableObject> objects, long milliseconds, CancellationToken cancellation)
    {
        RequireCount(objects.Length);

        // Most of many have nothing, and one read tells so: nothing is copied and nobody asked before one may have something.
        int index = FirstToAsk(objects, out WaitableObject? asked);
        if (asked is { _glance.IsUnknown: false })
        {
            // Nothing is taken before all handles are known to be good.
            for (int i = index + 1; i < objects.Length; i++)
            {
                _ = Checked(objects[i]);
            }

            cancellation.ThrowIfCancellationRequested();
            if (asked._waitable.Wait(0, CancellationToken.None) == WaitResult.Signaled)
            {
                return index;
            }

            // Somebody else was faster, or what it has is for those who wait rather than only try: from here on as one of them.
        }

        return AskEach(objects, milliseconds, cancellation);
    }

    /// <summary>The first of them that may have something to take; none when there is no such.</summary>
    private static int FirstToAsk(ReadOnlySpan<WaitableObject> objects, out WaitableObject? asked)
    {
        for (int i = 0; i < objects.Length; i++)
        {
            WaitableObject waitable = Checked(objects[i]);
            ulong seen = waitable._glance.Look();

            // The word ends with the handle, and the caller's memory may have led to another one since.
            GC.KeepAlive(waitable);
            if (seen != 0)
            {
                asked = waitable;
                return i;
            }
        }

        asked = null;
        return objects.Length;
    }

    /// <summary>A method of its own: the room for so many would be cleared also for who finds an object there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int AskEach(ReadOnlySpan<WaitableObject> objects, long milliseconds, CancellationToken cancellation)
    {
        var room = default(Waitables);
        Span<Waitable> waitables = ((Span<Waitable>)room)[..objects.Length];
        Collect(objects, waitables, eachOnce: false);
        int index = ObjectSystem.Current.WaitAny(waitables, milliseconds, cancellation, out WaitResult result);
        return index < 0 ? WaitHandle.WaitTimeout : result == WaitResult.Abandoned ? throw objects[index].Abandoned(index) : index;
    }

    private static bool WaitAll(ReadOnlySpan<WaitableObject> objects, long milliseconds)
    {
        RequireCount(objects.Length);
        var room = default(Waitables);
        Span<Waitable> waitables = ((Span<Waitable>)room)[..objects.Length];
        Collect(objects, waitables, eachOnce: true);
        WaitResult result = ObjectSystem.Current.WaitAll(waitables, milliseconds);
        return result == WaitResult.Abandoned
            ? throw new AbandonedMutexException("All objects were taken. The thread that owned one of the mutexes ended without releasing it: what it guards may be half changed.")
            : result == WaitResult.Signaled;
    }

    private static void RequireCount(int count)
    {
        if (count is 0 or > MaximumWaitObjects)
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"A wait is for 1 to {MaximumWaitObjects} objects, not for {count}.", "objects");
        }
    }

    private static WaitableObject Checked(WaitableObject? waitable)
    {
        ArgumentNullException.ThrowIfNull(waitable, "objects");
        waitable.ThrowIfDisposed();
        return waitable;
    }

    private static void Collect(ReadOnlySpan<WaitableObject> objects, Span<Waitable> waitables, bool eachOnce)
    {
        for (int i = 0; i < objects.Length; i++)
        {
            waitables[i] = Checked(objects[i])._waitable;
            if (eachOnce && objects[..i].IndexOf(objects[i]) >= 0)
            {
                Errors.Throw(ERROR_INVALID_PARAMETER, "A wait for all objects names each of them once.", nameof(objects));
            }
        }
    }

    /// <summary>Room on the stack: a wait allocates nothing.</summary>
    [InlineArray(MaximumWaitObjects)]
    private struct Waitables
    {
        private Waitable _first;
    }
}
