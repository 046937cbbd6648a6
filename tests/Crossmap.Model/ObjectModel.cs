namespace Crossmap.Model;

/// <summary>What an object promises, as far as the explorer has to know. It sees every step, and keeps what it must remember in the state.</summary>
/// <param name="domain">All values that a word can have. Whoever writes another one is found out at once.</param>
internal abstract class ObjectModel(IEnumerable<ulong> domain)
{
    public ulong[] Domain { get; } = [.. domain];

    public int IndexOf(ulong value) => Array.IndexOf(Domain, value);

    /// <summary>A participant has read a word.</summary>
    public virtual void Looked(ref Participant participant, Operation operation, ulong seen)
    {
    }

    /// <summary>A participant has changed a word, maybe to what it was. What is wrong with that, or null.</summary>
    public virtual string? Changed(ref State state, int who, Operation operation, ulong from, ulong to) => null;

    /// <summary>A participant has woken others, who are given as bits.</summary>
    public virtual void Woke(ref State state, int who, byte woken)
    {
    }

    /// <summary>The kernel has marked a word whose owner died.</summary>
    public virtual void OwnerDied(ref State state)
    {
    }

    /// <summary>An operation returned that result. What is wrong with it, or null.</summary>
    public abstract string? Returned(ref State state, int who, Operation operation, ulong result);

    /// <summary>Whether a participant cannot do the next operation of its program, so that the program leaves it out.</summary>
    public virtual bool LeavesOut(in State state, int who, Operation operation) => false;

    /// <summary>Nobody is on the way: what is wrong if all stays like this for ever, or null.</summary>
    public abstract string? AtRest(in State state);
}

/// <summary>Which kernel is simulated.</summary>
internal enum DeathWake
{
    /// <summary>Linux 6.2 and its stable branches: a word without an owner wakes one sleeper (bits 0-29, FUTEX_TID_MASK).</summary>
    OwnerlessWord,

    /// <summary>Linux 5.5: only a word that is zero altogether.</summary>
    ZeroWord,

    /// <summary>Before: nobody, when the thread did not own the word.</summary>
    Never,
}

/// <summary>A question to the explorer: can these participants, from there, come to harm?</summary>
internal sealed record Scenario(ObjectModel Object, ulong[] Words, Operation[][] Programs)
{
    public DeathWake Kernel { get; init; }

    public override string ToString() =>
        $"{string.Join(" | ", Programs.Select(program => string.Join("; ", program.AsEnumerable())))} from {string.Join(", ", Words.Select(word => $"{word:x}"))}";
}
