namespace Crossmap.Model;

/// <summary>What a program can ask of the world. Everything else that it does is its own affair.</summary>
internal enum CallKind : byte
{
    /// <summary>Answer: the word's index in the domain.</summary>
    Read,

    /// <summary>Compare and swap from A to B. Answer: 1 when it did.</summary>
    Change,

    /// <summary>Answer: 1 to spin on, 0 to sleep instead; the explorer tries both.</summary>
    Spin,

    /// <summary>Points the thread's slot for the operation under way at the word.</summary>
    Arm,
    Disarm,

    /// <summary>Puts the word into the thread's robust list.</summary>
    Enter,

    /// <summary>Takes it out.</summary>
    Remove,

    /// <summary>Sleeps while the word's low half is A. Answer: a <see cref="Linux.SleepEnd"/>.</summary>
    Sleep,

    /// <summary>Sleeps while the word's high half is A.</summary>
    SleepOnValue,

    /// <summary>Wakes at most A sleepers of the word's low half. Answer: 0 when there was none.</summary>
    Wake,

    /// <summary>FUTEX_WAKE_OP: keeps of the word only the bits A and wakes all sleepers of its two halves, in one step; with B, none.</summary>
    MaskAndWakeAll,

    /// <summary>The operation is over, with the result A.</summary>
    Return,
}

/// <summary>One request of a program, with the word that it is about.</summary>
internal readonly record struct Call(CallKind Kind, int Word = 0, ulong A = 0, ulong B = 0);
