using System.Diagnostics;

namespace Crossmap.Bench.Rows;

/// <summary>Waiting for any of many, of which one is set, against waiting for that one alone.</summary>
internal sealed class WaitAnyOfMany : Row
{
    private readonly NamedEvent[] _events = [.. Enumerable.Range(0, WaitableObject.MaximumWaitObjects).Select(i => NamedEvent.Create($"bench-any-{i}", EventResetMode.AutoReset))];
    private readonly int _count;

    public WaitAnyOfMany(BenchContext context) => _count = context.Options.Times(20_000);

    public override string What => "Set and WaitAny over 64 events of which one in the middle is set, against Set and Wait of one";

    public override Bar Bar => new(3);

    public override double Subject()
    {
        ReadOnlySpan<WaitableObject> all = _events;
        NamedEvent middle = _events[_events.Length / 2];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _count; i++)
        {
            middle.Set();
            _ = WaitableObject.WaitAny(all);
        }

        return (double)(Stopwatch.GetTimestamp() - start) / _count;
    }

    public override double Baseline()
    {
        NamedEvent middle = _events[_events.Length / 2];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _count; i++)
        {
            middle.Set();
            middle.Wait();
        }

        return (double)(Stopwatch.GetTimestamp() - start) / _count;
    }

    public override void Dispose() => Array.ForEach(_events, gate => gate.Dispose());
}
