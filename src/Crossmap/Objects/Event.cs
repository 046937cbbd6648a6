namespace Crossmap.Objects;

/// <summary>A handle to an event. A wait that an auto-reset event satisfies resets it.</summary>
internal abstract class Event : Waitable
{
    public abstract bool IsManualReset { get; }

    public abstract bool IsSet { get; }

    public abstract void Set();

    public override void Signal() => Set();

    public abstract void Reset();

    /// <summary><c>PulseEvent</c>: satisfies those who wait at this moment, all or one, and leaves it reset (fact 251).</summary>
    public abstract void Pulse();
}
