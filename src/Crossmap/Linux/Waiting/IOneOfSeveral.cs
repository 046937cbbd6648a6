using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>What a wait for several objects asks each of them.</summary>
internal interface IOneOfSeveral
{
    /// <summary>Of the object, whatever the handle.</summary>
    FilePlace Identity { get; }

    /// <summary>The object in whose header it is; null in a view.</summary>
    StoreHandle? Object { get; }

    /// <summary>The half of its word, or the word, on which a thread sleeps.</summary>
    unsafe uint* SleepWord { get; }

    /// <summary>What a wait that begins now passes to the other calls as its arrival.</summary>
    uint Arrive();

    /// <summary>Whether it could be taken at this moment.</summary>
    bool IsThere(uint arrived);

    /// <summary>Takes it if it is there.</summary>
    WaitResult TryTake(uint arrived);

    /// <summary>Readies it for a sleep. False: look again.</summary>
    bool TryPrepareSleep(uint arrived, out Futex.SleptOn place);

    /// <summary>Undoes <see cref="TryTake"/>.</summary>
    void GiveBack(WaitResult taken);
}
