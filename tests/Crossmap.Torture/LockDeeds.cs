namespace Crossmap.Torture;

/// <summary>Deeds with reader-writer locks and conditions.</summary>
internal static class LockDeeds
{
    public static bool Is(Deed deed) => deed >= Deed.CreateLock;

    public static bool IsOfCondition(Deed deed) => deed is Deed.CreateCondition or Deed.WaitCondition or Deed.NotifyCondition;

    /// <summary>Whether it sleeps until something is given.</summary>
    public static bool Sleeps(Deed deed) => deed is Deed.ReadBehindWriter or Deed.WriteBehindReader or Deed.WriteBehindWriter or Deed.WaitCondition;

    /// <summary>Of the mutex that belongs to the condition of that name.</summary>
    public static string MutexOf(string name) => $"{name}-mutex";

    /// <summary>What the deed needs and is not itself under the tracer's knife.</summary>
    public static IDisposable? Prepare(Deed deed, string name)
    {
        switch (deed)
        {
            case Deed.CreateLock or Deed.OpenLock or Deed.CreateCondition:
                return null;
            case Deed.WaitCondition or Deed.NotifyCondition:
                var monitor = new Monitor(NamedMutex.Open(MutexOf(name)), NamedCondition.Open(name));
                if (deed == Deed.WaitCondition)
                {
                    monitor.Mutex.Wait();
                }

                return monitor;
            default:
                NamedReaderWriterLock opened = NamedReaderWriterLock.Open(name);
                if (deed == Deed.LeaveRead)
                {
                    opened.EnterReadLock();
                }
                else if (deed == Deed.LeaveWrite)
                {
                    opened.EnterWriteLock();
                }

                return opened;
        }
    }

    public static IDisposable? Act(Deed deed, string name, IDisposable? prepared)
    {
        switch (deed)
        {
            case Deed.CreateLock:
                return NamedReaderWriterLock.Create(name);
            case Deed.OpenLock:
                return NamedReaderWriterLock.TryOpen(name, out NamedReaderWriterLock? opened) ? opened : null;
            case Deed.CreateCondition:
                return NamedCondition.Create(name);
            case Deed.WaitCondition:
                var waits = (Monitor)prepared!;
                waits.Condition.Wait(waits.Mutex);
                return new Later(waits.Mutex.Release);
            case Deed.NotifyCondition:
                var notifies = (Monitor)prepared!;
                notifies.Mutex.Wait();
                notifies.Condition.NotifyAll();
                notifies.Mutex.Release();
                return null;
        }

        var @lock = (NamedReaderWriterLock)prepared!;
        switch (deed)
        {
            case Deed.ReadBehindWriter:
                @lock.EnterReadLock();
                return new Later(@lock.ExitReadLock);
            case Deed.WriteBehindReader or Deed.WriteBehindWriter:
                @lock.EnterWriteLock();
                return new Later(@lock.ExitWriteLock);
            case Deed.LeaveRead:
                @lock.ExitReadLock();
                return null;
            default:
                @lock.ExitWriteLock();
                return null;
        }
    }

    private sealed class Monitor(NamedMutex mutex, NamedCondition condition) : IDisposable
    {
        public NamedMutex Mutex => mutex;

        public NamedCondition Condition => condition;

        public void Dispose()
        {
            condition.Dispose();
            mutex.Dispose();
        }
    }

    /// <summary>What is done at the end of a warm-up; who is killed does not come to it.</summary>
    private sealed class Later(Action what) : IDisposable
    {
        public void Dispose() => what();
    }
}
