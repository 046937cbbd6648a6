using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>What an object promises, as far as the explorer has to know. It sees every step, and keeps what it must remember in the state.</summary>
/// <param name="domain">All values that a word can have. Whoever writes another one is found out at once.</param>
internal abstract class ObjectModel(IEnumerable<ulong> domain)
{
    public ulong[] Domain { get; } = [.. domain];

    /// <summary>The object at that word: this one, if it is alone.</summary>
    public virtual ObjectModel At(int word) => this;

    /// <summary>A wait's result, as <see cref="Returned"/> knows it.</summary>
    public virtual ulong ResultOf(WaitResult result) => result switch { WaitResult.Signaled => 1, WaitResult.TimedOut => 0, _ => ulong.MaxValue };

    public int IndexOf(ulong value) => Array.IndexOf(Domain, value);

    /// <summary>A participant has read a word.</summary>
    public virtual void Looked(ref Participant participant, int word, Operation operation, ulong seen)
    {
    }

    /// <summary>A participant has changed a word, maybe to what it was. What is wrong with that, or null.</summary>
    public virtual string? Changed(ref State state, int who, int word, Operation operation, ulong from, ulong to) => null;

    /// <summary>A participant has woken others, who are given as bits.</summary>
    public virtual void Woke(ref State state, int who, int word, byte woken)
    {
    }

    /// <summary>The kernel has marked a word whose owner died.</summary>
    public virtual void OwnerDied(ref State state, int word)
    {
    }

    /// <summary>An operation returned that result. What is wrong with it, or null.</summary>
    public abstract string? Returned(ref State state, int who, Operation operation, ulong result);

    /// <summary>Whether a participant cannot do the next operation of its program, so that the program leaves it out.</summary>
    public virtual bool LeavesOut(in State state, int who, Operation operation) => false;

    /// <summary>Nobody is on the way, and a participant sleeps on a word: what is wrong with that, or null.</summary>
    public virtual string? SleepsInVain(in State state, int who, int word) => null;

    /// <summary>Nobody is on the way: what is wrong if all stays like this for ever, or null.</summary>
    public abstract string? AtRest(in State state);

    /// <summary>The same for who must know what the participants are doing.</summary>
    public virtual string? AtRest(in State state, Scenario scenario) => AtRest(in state);

    /// <summary>Whether a word does not say that somebody sleeps on its gate who hands nothing on.</summary>
    public virtual bool ForgetsSeveral(ulong word) => false;

    /// <summary>Whether a wait for all could take it now.</summary>
    public virtual bool IsThere(in State state) => throw new NotSupportedException();

    /// <summary>
    /// Of an object whose gate says that it was changed and not announced: its giver died. If the one whom the kernel woke for him died too,
    /// nothing was given yet; otherwise somebody sleeps beside it.
    /// </summary>
    protected static string? Unannounced(in State state)
    {
        int dead = 0, asleep = 0;
        for (int who = 0; who < Explorer.MostParticipants; who++)
        {
            dead += state.Participants[who].Mode == Mode.Dead ? 1 : 0;
            asleep += state.Participants[who].Mode == Mode.Asleep ? 1 : 0;
        }

        return dead == 0 || (dead == 1 && asleep > 0) ? "Lost wake-up: it was changed and never announced" : null;
    }
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

    /// <summary>Leaves out those orders of steps that come to the same: for objects whose operations are long.</summary>
    public bool IsReduced { get; init; }

    /// <summary>Whether anybody can be killed.</summary>
    public bool Kills { get; init; } = true;

    public override string ToString() =>
        $"{string.Join(" | ", Programs.Select(program => string.Join("; ", program.AsEnumerable())))} from {string.Join(", ", Words.Select(word => $"{word:x}"))}";
}
