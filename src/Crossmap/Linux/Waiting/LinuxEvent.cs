using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>An event in its object's header page, or in a view.</summary>
internal sealed unsafe class LinuxEvent : Event, IOneOfSeveral
{
    private readonly StateHandle _handle;
    private readonly ulong* _word;
    private int _spins = Patience.MostSpins;

    /// <summary>Takes the handle over.</summary>
    public LinuxEvent(StateHandle handle, bool isManualReset)
    {
        _handle = handle;
        _word = handle.Word;
        IsManualReset = isManualReset;
    }

    public override bool CreatedNew => _handle.CreatedNew;

    public override bool IsManualReset { get; }

    public override bool IsSet
    {
        get
        {
            bool isSet = EventProtocol.IsSet(Volatile.Read(ref *_word));
            GC.KeepAlive(_handle);
            return isSet;
        }
    }

    public override Glance Glance => new(_word, IsManualReset ? WaitProtocol.BitsOf(default(EventProtocol.Manual)) : WaitProtocol.BitsOf(default(EventProtocol.Auto)));

    public override WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation)
    {
        WaitResult result = IsManualReset
            ? StateWait.Run(_word, default(EventProtocol.Manual), ref _spins, timeoutMilliseconds, cancellation)
            : StateWait.Run(_word, default(EventProtocol.Auto), ref _spins, timeoutMilliseconds, cancellation);
        GC.KeepAlive(_handle);
        return result;
    }

    public override void Set()
    {
        var word = new SharedStateWord(_word);
        EventProtocol.Set(ref word, IsManualReset);
        GC.KeepAlive(_handle);
    }

    public override void Reset()
    {
        var word = new SharedStateWord(_word);
        EventProtocol.Reset(ref word);
        GC.KeepAlive(_handle);
    }

    public override void Pulse()
    {
        var word = new SharedStateWord(_word);
        EventProtocol.Pulse(ref word, IsManualReset);
        GC.KeepAlive(_handle);
    }

    public override Task<bool> WaitAsync(long timeoutMilliseconds, CancellationToken cancellation) => AsyncWaits.Run(this, timeoutMilliseconds, cancellation);

    public override void Dispose() => _handle.Dispose();

    public FilePlace Identity => _handle.Place;

    public StoreHandle? Object => _handle.Object;

    public uint* SleepWord => (uint*)_word + (IsManualReset ? 1 : 0);

    public uint Arrive() => StateWait.Arrive(_word);

    /// <summary>By one look: what <see cref="Arrive"/> gives, and whether it could be taken now.</summary>
    public bool Look(out uint arrived)
    {
        arrived = Arrive();
        return IsManualReset ? default(EventProtocol.Manual).IsThere(arrived, arrived, waits: true) : default(EventProtocol.Auto).IsThere(arrived, arrived, waits: true);
    }

    public bool IsThere(uint arrived) => IsManualReset
        ? StateWait.IsThere(_word, default(EventProtocol.Manual), arrived)
        : StateWait.IsThere(_word, default(EventProtocol.Auto), arrived);

    public WaitResult TryTake(uint arrived) => IsManualReset
        ? StateWait.TryTake(_word, default(EventProtocol.Manual), arrived)
        : StateWait.TryTake(_word, default(EventProtocol.Auto), arrived);

    public bool TryPrepareSleep(uint arrived, out Futex.SleptOn place) => IsManualReset
        ? StateWait.TryPrepareSleep(_word, default(EventProtocol.Manual), arrived, out place)
        : StateWait.TryPrepareSleep(_word, default(EventProtocol.Auto), arrived, out place);

    public void GiveBack(WaitResult taken)
    {
        if (!IsManualReset)
        {
            Set();
        }
    }
}
