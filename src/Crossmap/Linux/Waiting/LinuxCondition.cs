using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>A condition in its object's header page: a manual-reset event that is only pulsed.</summary>
/// <remarks>
/// A waiter that is killed hands nothing on, and need not: each notification wakes all that sleep, in one step, so nobody's wake-up goes with
/// him. A wake-up for exactly one would: between it and the mutex he waits for another word, and at his death the kernel hands on that
/// word's wake-up alone.
/// </remarks>
internal sealed unsafe class LinuxCondition : Condition
{
    private readonly StoreHandle _handle;
    private readonly ulong* _word;
    private int _spins = Patience.MostSpins;

    /// <summary>Takes the handle over, also when it fails.</summary>
    public LinuxCondition(StoreHandle handle)
    {
        _handle = handle;
        _word = handle.StateWord();
    }

    public override bool CreatedNew => _handle.CreatedNew;

    public override ulong Arrive()
    {
        uint arrived = StateWait.Arrive(_word);
        GC.KeepAlive(_handle);
        return arrived;
    }

    public override WaitResult Sleep(ulong arrived, long timeoutMilliseconds, CancellationToken cancellation)
    {
        WaitResult result = StateWait.Since(_word, default(EventProtocol.Manual), (uint)arrived, ref _spins, timeoutMilliseconds, cancellation);
        GC.KeepAlive(_handle);
        return result;
    }

    public override void NotifyAll()
    {
        var word = new SharedStateWord(_word);
        EventProtocol.Pulse(ref word, manual: true);
        GC.KeepAlive(_handle);
    }

    public override void Dispose() => _handle.Dispose();
}
