using Framework = System.Threading;

namespace Crossmap.Compatibility.Waiting;

/// <summary>What signalling is for each kind of object, and what gives back what a wait has taken.</summary>
internal static class Signals
{
    /// <summary>Sets an event, releases a mutex, or one count of a semaphore.</summary>
    public static void Give(Framework.WaitHandle handle)
    {
        switch (handle)
        {
            case EventWaitHandle e: e.Set(); break;
            case Mutex m: m.ReleaseMutex(); break;
            case Semaphore s: s.Release(); break;
            case Framework.EventWaitHandle e: e.Set(); break;
            case Framework.Mutex m: m.ReleaseMutex(); break;
            case Framework.Semaphore s: s.Release(); break;
            default: throw new ArgumentException("Only an event, a mutex or a semaphore can be signalled.", nameof(handle));
        }
    }

    /// <summary>Undoes a wait that took: nothing is to be done for what a wait does not change.</summary>
    public static void GiveBack(Framework.WaitHandle handle)
    {
        try
        {
            if (IsTakenByWait(handle))
            {
                Give(handle);
            }
        }
        catch (Framework.SemaphoreFullException)
        {
            // Somebody released so many meanwhile that it is full without this one.
        }
    }

    /// <summary>Whether a wait that succeeded has changed it.</summary>
    private static bool IsTakenByWait(Framework.WaitHandle handle) => handle switch
    {
        EventWaitHandle e => !e.IsManualReset,
        Framework.ManualResetEvent => false,

        // The framework does not tell how an event of the base class is reset. One that is set again without need is better than one lost.
        Framework.EventWaitHandle or Mutex or Framework.Mutex or Semaphore or Framework.Semaphore => true,
        _ => false,
    };
}
