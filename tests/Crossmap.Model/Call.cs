namespace Crossmap.Model;

/// <summary>What a program can ask of the world. Everything else that it does is its own affair.</summary>
internal enum CallKind : byte
{
    /// <summary>Answer: the word's index in the domain.</summary>
    Read,

    /// <summary>Compare and swap from A to B. Answer: 1 when it did.</summary>
    Change,

    /// <summary>Writes A. The others see it when the processor comes to it: with the writer's next locked step, a barrier, his death, or any time before.</summary>
    Store,

    /// <summary>What was stored is seen by all: with A what anybody stored, without it what this participant did.</summary>
    Barrier,

    /// <summary>Does <see cref="Call.Part"/>, an operation of its own. Answer: its result.</summary>
    Do,

    /// <summary>Answer: 1 to spin on, 0 to sleep instead; the explorer tries both.</summary>
    Spin,

    /// <summary>Points the thread's slot for the operation under way at the word.</summary>
    Arm,

    /// <summary>Points it back at A, a word plus one, or 0 for none.</summary>
    Disarm,

    /// <summary>Puts the word into the thread's robust list.</summary>
    Enter,

    /// <summary>Takes it out.</summary>
    Remove,

    /// <summary>Sleeps while the word's low half is A. Answer: a <see cref="Linux.SleepEnd"/>.</summary>
    Sleep,

    /// <summary>Sleeps while the word's high half is A.</summary>
    SleepOnValue,

    /// <summary>futex_waitv: sleeps while word 0 is as the place A says, and word 1 as B; each but <see cref="Place.None"/>.</summary>
    SleepOnAll,

    /// <summary>Answer: 1 when the time has passed; the explorer tries both where it can.</summary>
    IsOver,

    /// <summary>Wakes at most A sleepers of the word's low half. Answer: 0 when there was none.</summary>
    Wake,

    /// <summary>FUTEX_WAKE_OP: keeps of the word only the bits A and wakes all sleepers of its two halves, in one step; with B, none.</summary>
    MaskAndWakeAll,

    /// <summary>The operation is over, with the result A.</summary>
    Return,
}

/// <summary>One request of a program, with the word that it is about.</summary>
internal readonly record struct Call(CallKind Kind, int Word = 0, ulong A = 0, ulong B = 0, Operation? Part = null);

/// <summary>Where one sleeps among others: half of a word and what it must be, as a number.</summary>
internal static class Place
{
    public const ulong None = ulong.MaxValue;

    private const ulong HighHalf = 1UL << 32;

    public static ulong OnGate(uint gate) => gate;

    public static ulong OnValue(uint value) => value | HighHalf;

    public static bool IsOnValue(ulong place) => (place & HighHalf) != 0;

    /// <summary>Whether one may fall asleep there.</summary>
    public static bool Is(ulong place, ulong word) => (uint)(IsOnValue(place) ? word >> 32 : word) == (uint)place;
}
