namespace Crossmap.Model;

/// <summary>What an object promises, as far as the explorer has to know.</summary>
internal sealed record ObjectModel
{
    /// <summary>All values that a word can have. Whoever writes another one is found out at once.</summary>
    public required ulong[] Domain { get; init; }

    /// <summary>What there is to take in a word of that value.</summary>
    public required Func<ulong, int> CountOf { get; init; }

    /// <summary>
    /// What is wrong with an operation that returned that result and, in all its steps together, changed the count by so much; or null.
    /// </summary>
    public required Func<Operation, ulong, int, string?> WrongResult { get; init; }

    public int IndexOf(ulong value) => Array.IndexOf(Domain, value);
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
