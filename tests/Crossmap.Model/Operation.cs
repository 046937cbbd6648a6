namespace Crossmap.Model;

/// <summary>The code under test asks; the answers decide what it does next.</summary>
internal delegate ulong Answers(Call call);

/// <summary>
/// One operation of a participant: real code, deterministic but for what the world answers. It must keep nothing between two runs.
/// </summary>
/// <param name="Name">For traces.</param>
/// <param name="Body">Runs the code against the answers and gives its result.</param>
internal sealed record Operation(string Name, Func<Answers, ulong> Body)
{
    /// <summary>The word on which it sleeps, for its canceller.</summary>
    public int Word { get; init; }

    public bool CanTimeOut { get; init; }

    public bool CanBeCancelled { get; init; }

    public override string ToString() => Name;
}
