using System.Diagnostics;
using Crossmap.Torture.Channels;

namespace Crossmap.Torture;

/// <summary>One run: kills at every system call first, then kills of the woken, of owners and waiters, inside locks, random kills for the rest of the time, then the account.</summary>
internal sealed class TortureRun : IDisposable
{
    /// <summary>Parts of a run's time, each from when it begins: a part that ends late, on a slow machine, takes no time from the next.</summary>
    private const double SyscallsPart = 0.25, WakesPart = 0.05, NamespacesPart = 0.04, SyncPart = 0.1, ViewsPart = 0.06, LocksPart = 0.1, ChannelsPart = 0.25, RandomPart = 0.15;

    private static readonly string[] s_channels = [QueueKills.Name, BroadcastKills.Name, ValueKills.Name, RequestKills.Name];

    private readonly TortureOptions _options;
    private readonly RunFolder _folder;
    private readonly Interruption _interruption;
    private readonly ControlBlock _control;
    private readonly ViolationLog _violations;
    private long _kills, _operations;

    public TortureRun(TortureOptions options, RunFolder folder, Interruption interruption)
    {
        _options = options;
        _interruption = interruption;
        _folder = folder;

        // Before the library looks at it: the controller's own objects lie where its workers' do.
        Environment.SetEnvironmentVariable("CROSSMAP_ROOT", folder.Root);
        _control = ControlBlock.Create(folder);
        _violations = new ViolationLog(folder, _control);
    }

    public int Run()
    {
        var clock = Stopwatch.StartNew();
        Console.WriteLine($"torture: seed {_options.Seed}, {_options.Seconds} s, {_options.Processes} processes, objects in {_folder.Root}");
        for (int i = 0; i < Names.DataFiles; i++)
        {
            byte[] content = new byte[Names.MemorySize];
            BitConverter.TryWriteBytes(content, i + 1L);
            File.WriteAllBytes(_folder.DataFile(i), content);
        }

        var random = new Random(_options.Seed);
        TimeSpan end = TimeSpan.FromSeconds(_options.Seconds);
        var syscalls = new SyscallKills(_folder, _control, _violations, random, _options.Script);
        using (var wakes = new WakeKills(_folder, _control, _violations, random))
        {
            // A short run does not reach every system call; it starts at a different one with each seed.
            Do("syscalls", SyscallsPart, syscalls.Run, () => syscalls.Summary);
            Do("wakes", WakesPart, wakes.Run, () => wakes.Summary);
            _kills += wakes.Kills;
            _operations += wakes.Rounds;
        }

        var namespaces = new PidNamespaces(_folder, _control, _violations);
        Do("namespaces", NamespacesPart, namespaces.RunAll, () => namespaces.Summary);
        if (_options.Kills == "successors")
        {
            var successors = new SuccessorTimes(_folder, _control, _violations);
            Do("successors", 1, successors.Run, () => successors.Summary);
            _kills += successors.Kills;
        }

        if (_options.Kills == "consumers")
        {
            var consumers = new ConsumerTimes(_folder, _control, _violations);
            Do("consumers", 1, consumers.Run, () => consumers.Summary);
            _kills += consumers.Kills;
        }

        DoThreads("sync", SyncPart, () => new SyncKills(_folder, _control, _violations, _options, random, inView: false));
        DoThreads("views", ViewsPart, () => new SyncKills(_folder, _control, _violations, _options, random, inView: true));
        DoThreads("locks", LocksPart, () => new LockKills(_folder, _control, _violations, _options, random));

        foreach (string kind in s_channels)
        {
            DoThreads(kind, ChannelsPart / s_channels.Length, () => ChannelKills.Make(kind, _folder, _control, _violations, _options, random));
        }

        using (var randomKills = new RandomKills(_folder, _control, _violations, _options, random))
        {
            // The last one: what others have left of their time is its.
            Do("random", Math.Max(RandomPart, 1 - (clock.Elapsed / end)), randomKills.Run, () => randomKills.Summary);
            _kills += syscalls.Kills + randomKills.Kills;
            _operations += syscalls.Kills + randomKills.Operations;
        }

        foreach (string violation in _violations.First(_options.MostViolations))
        {
            Console.Error.WriteLine($"VIOLATION (seed {_options.Seed}): {violation}");
        }

        int violations = _violations.CountAtEnd();
        double seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine(
            $"torture: {_kills} kills ({_kills / seconds:F1} a second), {_operations} operations, {violations} violations, {seconds:F0} s, seed {_options.Seed}");
        return violations != 0 ? 1 : _interruption.HasCome ? _interruption.ExitCode : 0;

        void DoThreads(string kills, double share, Func<ThreadKills> make)
        {
            using ThreadKills threads = make();
            Do(kills, share, threads.Run, () => threads.Summary);
            _kills += threads.Kills;
            _operations += threads.Operations;
        }

        void Do(string kills, double share, Action<Func<bool>> part, Func<string> summary)
        {
            bool isPart = _options.Kills is "all" || (_options.Kills is "channels" && s_channels.Contains(kills));
            if (isPart || kills == (_options.Script is null ? _options.Kills : "syscalls"))
            {
                double whole = _options.Kills is "channels" ? ChannelsPart : 1;
                TimeSpan partEnd = isPart ? clock.Elapsed + (end * (share / whole)) : end;
                part(() => _interruption.HasCome || clock.Elapsed > partEnd || _violations.Count >= _options.MostViolations);
                Console.WriteLine(summary());
            }
        }
    }

    public void Dispose() => _control.Dispose();
}
