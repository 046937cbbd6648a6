namespace Crossmap.Torture.Channels;

/// <summary>One process of <see cref="ChannelKills"/>: threads that send and receive through one kind of channel. It ends only by being killed.</summary>
internal sealed class WorkerOfChannels : IDisposable
{
    public const string Verb = "channels-";

    private const int StackBytes = 256 * 1024;

    private volatile CancellationTokenSource _stop = new();

    private WorkerOfChannels(RunFolder folder, int process, int seed)
    {
        Folder = folder;
        Process = process;
        Seed = seed;
        Control = ControlBlock.Open(folder);
        Violations = new ViolationLog(folder, Control);
        Ledger = Ledger.Open(folder);
    }

    public RunFolder Folder { get; }

    public int Process { get; }

    public int Seed { get; }

    public ControlBlock Control { get; }

    public ViolationLog Violations { get; }

    public Ledger Ledger { get; }

    /// <summary>Cancelled while those who receive are to park.</summary>
    public CancellationToken Stop => _stop.Token;

    public static int Run(RunFolder folder, string verb, int process, int seed)
    {
        ChildProcess.DieWithParent();
        using var worker = new WorkerOfChannels(folder, process, seed);
        ChannelThread[] threads = verb[Verb.Length..] switch
        {
            QueueKills.Name => QueueKills.ThreadsOf(worker),
            BroadcastKills.Name => BroadcastKills.ThreadsOf(worker),
            ValueKills.Name => ValueKills.ThreadsOf(worker),
            RequestKills.Name => RequestKills.ThreadsOf(worker),
            _ => throw new ArgumentException($"no kind of channel: {verb}"),
        };
        Array.ForEach(threads, thread => new Thread(thread.Run, StackBytes).Start());
        worker.WatchPause();
        return 1;
    }

    public void Dispose() => _stop.Dispose();

    private void WatchPause()
    {
        while (true)
        {
            bool mustStop = Volatile.Read(ref Control.Shared.Pause) >= 2;
            if (mustStop && !_stop.IsCancellationRequested)
            {
                _stop.Cancel();
            }
            else if (!mustStop && _stop.IsCancellationRequested)
            {
                _stop = new CancellationTokenSource();
            }

            Thread.Sleep(1);
        }
    }
}
