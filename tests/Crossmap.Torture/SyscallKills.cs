namespace Crossmap.Torture;

/// <summary>
/// Kills at entry and at exit of every system call of create, open, close and sweep: each script is traced once to learn how many stops it
/// has, then runs once for each stop and is killed there. After each kill the name must be right and usable at once, and a sweep leaves
/// nothing.
/// </summary>
internal sealed class SyscallKills(RunFolder folder, ControlBlock control, ViolationLog violations, Random random, string? only)
{
    /// <summary>Processes that start side by side: their start-up is nearly all of the time.</summary>
    private const int Batch = 4;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly StoreInspection _inspection = new(folder, violations);
    private int _points, _done, _leftSomething, _notReached;

    public int Kills { get; private set; }

    public long Operations => Kills;

    public string Summary =>
        $"kills at system calls: {_done} of {_points} stops, {_leftSomething} of them left a file behind, {_notReached} were not reached again";

    private readonly record struct Point(SyscallScript Script, int Stop);

    public void Run(Func<bool> until)
    {
        var points = new List<Point>();
        Trace([.. SyscallScript.All.Where(script => only is null || script.ToString() == only).Select(script => new Point(script, SyscallTracer.Never))], (point, trace) =>
        {
            for (int stop = 0; stop < trace.Stops; stop++)
            {
                points.Add(new Point(point.Script, stop));
            }
        });
        _points = points.Count;
        Point[] order = [.. points];
        random.Shuffle(order);
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
                return;
            }

            Thread.Sleep(1);
        }
    }

    private SyscallTracer.Trace TraceOne(ChildProcess child, int index, Point point)
    {
        SyscallScript script = point.Script;
        using Holder? holder = script.Ground == Ground.Held ? new Holder(folder, script.What, script.Name) : null;
        using Waiter? waiter = script.Ground == Ground.Awaited ? new Waiter(script.Name) : null;
        if (script.What == SyscallScript.Deed.Release)
        {
            waiter!.FallAsleep();
        }

        if (script.Ground == Ground.Leftover)
        {
            Leftover.Lay(folder, script.Name);
        }

        SyscallTracer.Trace trace = SyscallTracer.Run(
            child,
            point.Stop,
            script.What == SyscallScript.Deed.FirstUse,
            go: () => Volatile.Write(ref control[index].ScriptGo, 1),
            asleep: () =>
            {
                // The victim is first in the queue, and its wake-up must not be lost with it.
                waiter?.FallAsleep();
                waiter?.Release();
            });
        string when = $"script '{script}' was killed at {trace.KilledAt ?? "its end"}";
        if (trace.Unexpected is not null)
        {
            violations.Add($"{when}: {trace.Unexpected}");
        }

        bool left = _inspection.ObjectFiles().Any();
        _leftSomething += left && holder is null && waiter is null ? 1 : 0;
        if ((holder?.FindWrong() ?? waiter?.FindWrong()) is { } wrong)
        {
            violations.Add($"{wrong}: {when}");
        }

        holder?.Dispose();
        waiter?.Dispose();

        // By turns the leftover meets first who uses its name, and first a sweep.
        if (random.Next(2) == 0)
        {
            _inspection.NameIsFree(script.Name, when);
        }

        _inspection.AfterSweepOnlyRemain([], when);
        _inspection.NameIsFree(script.Name, when);
        if (MappedFiles.IsMapped(folder.DataFile(0)))
        {
            violations.Add($"file 0 is said to be mapped: {when}");
        }

        return trace;
    }
}
