using System.Diagnostics;

namespace Crossmap.Objects;

/// <summary>
/// A gate in a view, and this system's way to sleep there. Any number of them may stand for one gate, in any processes.
/// </summary>
internal abstract unsafe class Doorbell : IDisposable
{
    /// <summary>Looks before sleeping: at some 40 ns each about what sleeping and waking cost. Between the bounds it follows what worked.</summary>
    private const int LeastSpins = 50, MostSpins = 1000;

    private static readonly bool CanSpin = Environment.ProcessorCount > 1;

    private readonly uint* _gate;
    private int _spins = MostSpins;

    /// <param name="gate">In the view. 0: nobody sleeps.</param>
    protected Doorbell(uint* gate) => _gate = gate;

    /// <summary>
    /// Whether a sleeper's barrier reaches the other processes' processors. If not, there must be one between a change and <see cref="Ring"/>. The
    /// same for all who share a gate.
    /// </summary>
    public abstract bool HasRemoteBarrier { get; }

    /// <summary>Whether the system wakes a sleeper for a ringer that died between its change and the bell. If not, sleepers watch the ringers.</summary>
    public abstract bool WakesForTheDead { get; }

    /// <summary>The gate; in bit 31, as the kernel wants it.</summary>
    protected uint* Gate => _gate;

    /// <summary>Before a change that is to be announced. Returns what <see cref="Disarm"/> takes. Nothing between the two may wait or throw.</summary>
    public abstract nint Arm();

    public abstract void Disarm(nint armed);

    /// <summary>After a change: wakes who sleeps.</summary>
    public void Ring()
    {
        if (Volatile.Read(ref *_gate) != 0)
        {
            Open();
        }
    }

    /// <inheritdoc cref="DoorbellProtocol.Overtake"/>
    /// <param name="last">The gate's own word in the view, beside it.</param>
    /// <param name="seen">Where the mark was.</param>
    public void Overtake(long* last, long seen)
    {
        var bell = new Sleeper(this, -1, CancellationToken.None);
        var mark = new SleepersMark(last);
        DoorbellProtocol.Overtake(ref bell, ref mark, seen);
    }

    /// <summary>Waits until the condition is met. False when the time has passed first.</summary>
    /// <param name="condition">The same for all who wait at this gate, or a mark that moves on, after <see cref="Overtake"/>.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool Wait<TCondition>(ref TCondition condition, long timeoutMilliseconds, CancellationToken cancellation)
        where TCondition : ICondition
    {
        int spins = CanSpin ? _spins : 0;
        for (int left = spins; left > 0; left--)
        {
            if (condition.MayBeMet())
            {
                _spins = Math.Min(MostSpins, spins * 2);
                return true;
            }

            Thread.SpinWait(1);
        }

        _spins = Math.Max(LeastSpins, spins / 2);
        cancellation.ThrowIfCancellationRequested();
        var bell = new Sleeper(this, timeoutMilliseconds < 0 ? -1 : Stopwatch.GetTimestamp() + (timeoutMilliseconds * (Stopwatch.Frequency / 1000)), cancellation);
        bool isMet = DoorbellProtocol.Sleep(ref bell, ref condition);
        if (!isMet)
        {
            cancellation.ThrowIfCancellationRequested();
        }

        return isMet;
    }

    public abstract void Dispose();

    /// <summary>Closes the gate, with a barrier as <see cref="IDoorbell.Close"/> demands.</summary>
    protected abstract void Close();

    protected abstract void Open();

    /// <summary>Sleeps while the gate is closed.</summary>
    /// <param name="notMet">As <see cref="IDoorbell.Sleep"/> wants them, where this wakes for the dead.</param>
    /// <param name="deadline">Of <see cref="Stopwatch"/>; -1 for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False when the deadline passed or it was cancelled.</returns>
    protected abstract bool Sleep(SeenWords notMet, long deadline, CancellationToken cancellation);

    private readonly struct SleepersMark(long* at) : ISleepersMark
    {
        public long Value
        {
            get => Volatile.Read(ref *at);
            set => Volatile.Write(ref *at, value);
        }
    }

    /// <summary>One thread's wait.</summary>
    private struct Sleeper(Doorbell bell, long deadline, CancellationToken cancellation) : IDoorbell
    {
        private nint _armed;

        public readonly bool IsClosed => Volatile.Read(ref *bell._gate) != 0;

        public readonly void Close() => bell.Close();

        public readonly void Open() => bell.Open();

        public void ArmDeathWake() => _armed = bell.Arm();

        public readonly void DisarmDeathWake() => bell.Disarm(_armed);

        public readonly bool Sleep(SeenWords notMet) => bell.Sleep(notMet, deadline, cancellation);
    }
}
