using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>
/// All that <see cref="SeveralProtocol"/> can do to the objects of one wait and to the calling thread, as <see cref="IStateWord"/> is for
/// <see cref="WaitProtocol"/>.
/// </summary>
internal interface ISeveralObjects
{
    /// <summary>The one of them that is a mutex, for which the thread is to be armed while it waits for any; -1 when there is none.</summary>
    int Mutex { get; }

    /// <summary>By one look: whether the object could be taken now, and what a wait that begins now passes to the other calls as its arrival.</summary>
    bool Look(int index, out uint arrived);

    /// <summary>Whether it could be taken now by who came then.</summary>
    bool IsThere(int index, uint arrived);

    /// <summary>Takes it if it is there.</summary>
    WaitResult TryTake(int index, uint arrived);

    /// <summary>Undoes <see cref="TryTake"/>.</summary>
    void GiveBack(int index, WaitResult taken);

    /// <summary>Arms for it if it is a mutex: from here on a wake-up of it that dies with the thread is handed on.</summary>
    void Arm(int index);

    /// <summary>Hands on what came to the armed one and was not taken, and disarms. Nothing when nothing is armed.</summary>
    void HandOn();

    /// <summary>Readies the object for a sleep. False: look again.</summary>
    bool TryPrepareSleep(int index, uint arrived);

    /// <summary>Sleeps on that one alone, as it was readied.</summary>
    SleepEnd Sleep(int index);

    /// <summary>Sleeps on all of them, as they were readied, until one is woken or is not so any more.</summary>
    SleepEnd SleepOnAll();

    /// <summary>Waits a moment for another processor. False: waited enough, sleep instead.</summary>
    bool Spin();

    /// <summary>Lets others run who have what was there a moment ago.</summary>
    void Yield();

    /// <summary>Whether the time has passed.</summary>
    bool IsOver { get; }
}
