using System.Diagnostics.CodeAnalysis;
using Crossmap.Objects;

namespace Crossmap;

/// <summary>
/// A condition variable that processes share by name: with a <see cref="NamedMutex"/> a monitor. Who finds, owning the mutex, that what he
/// needs is not there waits for the condition; who changes it, owning the mutex, notifies all.
/// </summary>
/// <remarks>
/// <para>Wait in a loop that looks again: <c>while (count == 0) condition.Wait(mutex);</c>. Another may have been faster, and a wait may return
/// for no reason.</para>
/// <para>There is no notifying of one: the one who was chosen may be killed on his way back to the mutex, and the wake-up with him. So all
/// wake, take the mutex one after the other, and look. Where it matters that one wakes for one thing, count the things with a
/// <see cref="NamedSemaphore"/>.</para>
/// <para>Whoever is killed at whatever moment, a notification that was completed has reached all who waited. A notifier who is killed before
/// has not notified; if he owned the mutex, the next owner learns of it (<see cref="AbandonedMutexException"/>), and should notify in his
/// place.</para>
/// <para>Use one mutex with a condition, always the same. Win32 has nothing of the kind between processes, its <c>CONDITION_VARIABLE</c> is one
/// process's. Notifying where nobody sleeps makes no system call on Linux, and nothing there allocates; on Windows a kernel event is made
/// for each notification. Thread safe.</para>
/// </remarks>
public sealed class NamedCondition : NamedPrimitive
{
    private readonly Condition _condition;

    private NamedCondition(Condition condition, string? name)
        : base(condition, name) => _condition = condition;

    private Condition Live
    {
        get
        {
            ThrowIfDisposed();
            return _condition;
        }
    }

    /// <summary>Creates a condition. If the name exists it is opened instead: see <see cref="NamedPrimitive.CreatedNew"/>.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished; null for none. Another one than the mutex's.</param>
    /// <param name="audience">Who may open it.</param>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161).</exception>
    /// <exception cref="WaitHandleCannotBeOpenedException">The name belongs to another kind of object (6, fact 70).</exception>
    public static NamedCondition Create(string? name, ObjectAudience audience = ObjectAudience.Owner) =>
        new(WithWaitErrors(() => ObjectSystem.Current.CreateCondition(ObjectName.Parse(name), audience)), name);

    /// <summary>Opens a condition by its name.</summary>
    /// <exception cref="WaitHandleCannotBeOpenedException">No such name (2), or it belongs to another kind of object (6).</exception>
    /// <exception cref="UnauthorizedAccessException">The object is not for the caller (5).</exception>
    public static NamedCondition Open(string name) => Required(TryOpen(name, out NamedCondition? condition) ? condition : null, "condition", name);

    /// <summary>Opens a condition by its name if there is one; fails as <see cref="Open"/> does for every other reason.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out NamedCondition? condition)
    {
        ArgumentNullException.ThrowIfNull(name);
        Condition? opened = WithWaitErrors(() => ObjectSystem.Current.OpenCondition(ObjectName.Parse(name)));
        condition = opened is null ? null : new NamedCondition(opened, name);
        return condition is not null;
    }

    /// <summary>Gives the mutex up, sleeps until somebody notifies, and takes the mutex again. However this ends, the caller owns the mutex.</summary>
    /// <param name="mutex">Owned by the calling thread; given up altogether, and owned as often as before on return.</param>
    /// <param name="cancellation">Ends the sleep, not the wait for the mutex.</param>
    /// <exception cref="ApplicationException">The calling thread does not own the mutex (288); then nothing was done.</exception>
    /// <exception cref="AbandonedMutexException">The mutex's owner died meanwhile. The caller owns it (fact 243), whatever ended the sleep.</exception>
    /// <exception cref="OperationCanceledException">Cancelled first. The caller owns the mutex.</exception>
    public void Wait(NamedMutex mutex, CancellationToken cancellation = default) => Wait(mutex, -1, cancellation);

    /// <summary>The same with an end by the clock.</summary>
    /// <param name="mutex">Owned by the calling thread; given up altogether, and owned as often as before on return.</param>
    /// <param name="timeout">For the sleep, not for the mutex: rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero
    /// only lets others have the mutex.</param>
    /// <param name="cancellation">Ends the sleep, not the wait for the mutex.</param>
    /// <returns>False when the time passed first. The caller owns the mutex all the same.</returns>
    /// <inheritdoc cref="Wait(NamedMutex, CancellationToken)"/>
    public bool Wait(NamedMutex mutex, TimeSpan timeout, CancellationToken cancellation = default) => Wait(mutex, MillisecondsOf(timeout), cancellation);

    /// <summary>
    /// Wakes all who wait at this moment; who comes later has missed it. What they wait for must have been changed by somebody who owned the
    /// mutex; the caller may still own it, or not.
    /// </summary>
    public void NotifyAll() => Live.NotifyAll();

    private bool Wait(NamedMutex mutex, long milliseconds, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(mutex);
        WaitResult result = Live.Wait(mutex.Live, milliseconds, cancellation);
        return result == WaitResult.Abandoned ? throw mutex.Abandoned() : result == WaitResult.Signaled;
    }
}
