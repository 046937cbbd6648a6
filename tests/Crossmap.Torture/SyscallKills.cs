namespace Crossmap.Torture;

/// <summary>
/// Kills at entry and at exit of every system call of create, open, close, sweep, wait, release, set and pulse: each script is traced once to learn how many stops it
/// has, then runs once for each stop and is killed there. After each kill the name must be right and usable at once, and a sweep leaves
/// nothing; who waits comes through, and a mutex that died with its owner is reported abandoned once.
/// </summary>
internal sealed class SyscallKills(RunFolder folder, ControlBlock control, ViolationLog violations, Random random, string? only)
{
    /// <summary>Processes that start side by side: their start-up is nearly all of the time.</summary>
    private const int Batch = 4;

    /// <summary>Stops of each batch of scripts that are not put off until all scripts have had their turn.</summary>
    private const int StopsAtOnce = 2 * Batch;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly StoreInspection _inspection = new(folder, violations);
    private int _scripts, _points, _done, _leftSomething, _notReached;

    public int Kills { get; private set; }

    public long Operations => Kills;

    public string Summary =>
        $"kills at system calls: {_done} of {_points} stops of {_scripts} scripts, {_leftSomething} of them left a file behind, {_notReached} were not reached again";

    private readonly record struct Point(SyscallScript Script, int Stop);

    public void Run(Func<bool> until)
    {
        var later = new List<Point>();
        foreach (SyscallScript[] scripts in Order())
        {
            if (until())
            {
                return;
            }

            var points = new List<Point>();
            Trace([.. scripts.Select(script => new Point(script, SyscallTracer.Never))], (point, trace) =>
                points.AddRange(Enumerable.Range(0, trace.Stops).Select(stop => new Point(point.Script, stop))));
            _scripts += scripts.Length;
            _points += points.Count;
            Point[] order = [.. points];
            random.Shuffle(order);
            int now = Math.Min(order.Length, StopsAtOnce);
            KillAt(order[..now], until);
            later.AddRange(order[now..]);
        }

        Point[] rest = [.. later];
        random.Shuffle(rest);
        KillAt(rest, until);
    }

    /// <summary>By turns some among sleepers, which have few stops, and some of the others: also a short run comes to both.</summary>
    private IEnumerable<SyscallScript[]> Order()
    {
        SyscallScript[] scripts = [.. SyscallScript.All.Where(script => only is null || script.ToString() == only)];
        random.Shuffle(scripts);
        SyscallScript[][] awaited = [.. scripts.Where(script => script.Ground == Ground.Awaited).Chunk(Batch)];
        SyscallScript[][] others = [.. scripts.Where(script => script.Ground != Ground.Awaited).Chunk(Batch)];
        for (int i = 0; i < Math.Max(awaited.Length, others.Length); i++)
        {
            foreach (SyscallScript[][] kind in new[] { awaited, others })
            {
                if (i < kind.Length)
                {
                    yield return kind[i];
                }
            }
        }
    }

    private void KillAt(Point[] order, Func<bool> until)
    {
        for (int at = 0; at < order.Length && !until(); at += Batch)
        {
            Trace(order[at..Math.Min(at + Batch, order.Length)], (_, trace) =>
            {
                _done++;
                _notReached += trace.KilledAt is null ? 1 : 0;
            });
        }
    }

    private void Trace(Point[] points, Action<Point, SyscallTracer.Trace> done)
    {
        foreach (Point[] batch in points.Chunk(Batch))
        {
            var children = new ChildProcess[batch.Length];
            for (int i = 0; i < batch.Length; i++)
            {
                control[i].ScriptReady = control[i].ScriptGo = 0;
                children[i] = ChildProcess.Start(folder, SyscallScript.Verb, folder.Path, $"{i}", batch[i].Script.ToString());
            }

            for (int i = 0; i < batch.Length; i++)
            {
                WaitUntilReady(children[i], i, batch[i]);
            }

            for (int i = 0; i < batch.Length; i++)
            {
                done(batch[i], TraceOne(children[i], i, batch[i]));
                Kills++;
            }
        }
    }

    private void WaitUntilReady(ChildProcess child, int index, Point point)
    {
        long limit = Environment.TickCount64 + (long)StartLimit.TotalMilliseconds;
        while (Volatile.Read(ref control[index].ScriptReady) == 0)
        {
            if (child.HasEnded() || Environment.TickCount64 > limit)
            {
                violations.Add($"script '{point.Script}' did not come to its start: {(child.HasEnded() ? child.Ending : "hang")}");
                child.Kill();
                return;
            }

            Thread.Sleep(1);
        }
    }

    private SyscallTracer.Trace TraceOne(ChildProcess child, int index, Point point)
    {
        SyscallScript script = point.Script;
        using Witness? witness = Witness.For(folder, script, script.Name);
        if (script.Ground == Ground.Leftover)
        {
            Leftover.Lay(folder, script.Name);
        }

        SyscallTracer.Trace trace = SyscallTracer.Run(
            child,
            point.Stop,
            script.What == Deed.FirstUse,
            go: () => Volatile.Write(ref control[index].ScriptGo, 1),
            begin: () => witness?.Begin(),
            asleep: () => witness?.VictimSleeps());
        string when = $"script '{script}' was killed at {trace.KilledAt ?? "its end"}";
        if (trace.Unexpected is not null)
        {
            violations.Add($"{when}: {trace.Unexpected}");
        }

        bool left = _inspection.ObjectFiles().Any();
        _leftSomething += left && witness is null ? 1 : 0;
        if (witness?.FindWrong(atEnd: trace.KilledAt is null) is { } wrong)
        {
            violations.Add($"{wrong}: {when}");
        }

        witness?.Dispose();

        // By turns the leftover meets first who uses its name, and first a sweep.
        if (random.Next(2) == 0)
        {
            _inspection.NameIsFree(script.Name, when);
        }

        _inspection.AfterSweepOnlyRemain([], when);
        foreach (string name in script.AllNames)
        {
            _inspection.NameIsFree(name, when);
        }

        if (MappedFiles.IsMapped(folder.DataFile(0)))
        {
            violations.Add($"file 0 is said to be mapped: {when}");
        }

        return trace;
    }
}
