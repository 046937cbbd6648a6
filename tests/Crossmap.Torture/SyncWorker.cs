namespace Crossmap.Torture;

/// <summary>One process of <see cref="SyncKills"/>: a few threads that own and wait. It ends only by being killed.</summary>
internal static class SyncWorker
{
    public const string Verb = "sync";

    public const int Threads = 4;

    private const int StackBytes = 256 * 1024;

    public static int Run(RunFolder folder, int index, int seed)
    {
        ChildProcess.DieWithParent();
        ControlBlock control = ControlBlock.Open(folder);
        var violations = new ViolationLog(folder, control);
        var objects = new SyncObjects();
        var threads = new Thread[Threads];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(new SyncThread(control, violations, objects, index, i, seed).Run, StackBytes);
            threads[i].Start();
        }

        threads[0].Join();
        return 1;
    }
}
