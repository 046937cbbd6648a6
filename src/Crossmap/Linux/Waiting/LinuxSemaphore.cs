using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>A semaphore in its object's header page, or in a view.</summary>
internal sealed unsafe class LinuxSemaphore : Objects.Semaphore, IOneOfSeveral
{
    private readonly StateHandle _handle;
    private readonly ulong* _word;
    private int _spins = Patience.MostSpins;

    /// <summary>Takes the handle over.</summary>
    public LinuxSemaphore(StateHandle handle, int maximumCount)
    {
        _handle = handle;
        _word = handle.Word;
        MaximumCount = maximumCount;
    }

    public override bool CreatedNew => _handle.CreatedNew;

    public override int MaximumCount { get; }

    public override int CurrentCount
    {
        get
        {
            int count = SemaphoreProtocol.CountOf(Volatile.Read(ref *_word));
            GC.KeepAlive(_handle);
            return count;
        }
    }

    public override Glance Glance => new(_word, WaitProtocol.BitsOf(default(SemaphoreProtocol.Count)));

    public override WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation)
    {
        WaitResult result = StateWait.Run(_word, default(SemaphoreProtocol.Count), ref _spins, timeoutMilliseconds, cancellation);

        // The page stays mapped as long as the handle object lives, so a wait that races Dispose never faults.
        GC.KeepAlive(_handle);
        return result;
    }

    public override int Release(int count)
    {
        var word = new SharedStateWord(_word);
        int previous = SemaphoreProtocol.Release(ref word, count, MaximumCount);
        GC.KeepAlive(_handle);
        return previous;
    }

    public override Task<bool> WaitAsync(long timeoutMilliseconds, CancellationToken cancellation) => AsyncWaits.Run(this, timeoutMilliseconds, cancellation);

    public override void Dispose() => _handle.Dispose();

    public FilePlace Identity => _handle.Place;

    public StoreHandle? Object => _handle.Object;

    public uint* SleepWord => (uint*)_word;

    public uint Arrive() => StateWait.Arrive(_word);

    /// <summary>By one look: what <see cref="Arrive"/> gives, and whether it could be taken now.</summary>
    public bool Look(out uint arrived)
    {
        arrived = Arrive();
        return default(SemaphoreProtocol.Count).IsThere(arrived, arrived, waits: true);
    }

    public bool IsThere(uint arrived) => StateWait.IsThere(_word, default(SemaphoreProtocol.Count), arrived);

    public WaitResult TryTake(uint arrived) => StateWait.TryTake(_word, default(SemaphoreProtocol.Count), arrived);

    public bool TryPrepareSleep(uint arrived, out Futex.SleptOn place) => StateWait.TryPrepareSleep(_word, default(SemaphoreProtocol.Count), arrived, out place);

    public void GiveBack(WaitResult taken) => Release(1);
}
