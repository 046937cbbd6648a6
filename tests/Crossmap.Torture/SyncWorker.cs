namespace Crossmap.Torture;

/// <summary>One process of <see cref="SyncKills"/> or <see cref="LockKills"/>: threads that own and wait. It ends only by being killed.</summary>
internal static class SyncWorker
{
    public const string Verb = "sync", ViewVerb = "views", LockVerb = "locks";

    public const int Threads = 4, LockThreads = SyncSlot.MostThreads;

    private const int StackBytes = 256 * 1024;

    public static int Run(RunFolder folder, string verb, int process, int seed)
    {
        ChildProcess.DieWithParent();
        ControlBlock control = ControlBlock.Open(folder);
        var violations = new ViolationLog(folder, control);
        ThreadStart[] work = verb == LockVerb ? Locks(control, violations, process, seed) : Objects(control, violations, inView: verb == ViewVerb, process, seed);
        Thread[] threads = [.. work.Select(start => new Thread(start, StackBytes))];
        Array.ForEach(threads, thread => thread.Start());
        threads[0].Join();
        return 1;
    }

    private static ThreadStart[] Objects(ControlBlock control, ViolationLog violations, bool inView, int process, int seed)
    {
        // Of objects in a view the threads use handles that come from two of them, of which one, or both, are gone by then.
        SyncObjects[] sets = inView ? [SyncObjects.OpenInView(keepsView: (seed & 1) != 0), SyncObjects.OpenInView(keepsView: false)] : [SyncObjects.Named()];
        return [.. Enumerable.Range(0, Threads).Select(thread => (ThreadStart)new SyncThread(control, violations, sets[thread % sets.Length], process, thread, seed).Run)];
    }

    private static ThreadStart[] Locks(ControlBlock control, ViolationLog violations, int process, int seed)
    {
        LockObjects objects = LockObjects.Open();
        return [.. Enumerable.Range(0, LockThreads).Select(thread => (ThreadStart)new LockThread(control, violations, objects, process, thread, seed).Run)];
    }
}
