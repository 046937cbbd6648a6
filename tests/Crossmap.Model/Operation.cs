namespace Crossmap.Model;

/// <summary>The code under test asks; the answers decide what it does next.</summary>
internal delegate ulong Answers(Call call);

/// <summary>What an operation promises to do.</summary>
internal enum Act
{
    Try,
    Wait,
    Release,
    Set,
    Reset,
    Pulse,
    WaitAny,
    WaitAll,
    EnterRead,
    ExitRead,
    EnterWrite,
    ExitWrite,
    WaitCondition,
}

/// <summary>
/// One operation of a participant: real code, deterministic but for what the world answers. It must keep nothing between two runs.
/// </summary>
/// <param name="Act">What it is.</param>
/// <param name="Name">For traces.</param>
/// <param name="Body">Runs the code against the answers and gives its result.</param>
internal sealed record Operation(Act Act, string Name, Func<Answers, ulong> Body)
{
    /// <summary>The word that it is about, when it is about several with a negative number. Of a wait for several the one by which its canceller wakes it.</summary>
    public int Word { get; init; }

    /// <summary>Whether it may see its object there and take nothing, or take it and give it back: what is part of a wait for all.</summary>
    public bool MayLeave { get; init; }

    /// <summary>The same about another word.</summary>
    public Operation At(int word) => this with { Name = $"{Name}@{word}", Word = word, Body = answers => Body(call => answers(call with { Word = word })) };

    /// <summary>How much a release gives.</summary>
    public int Count { get; init; }

    /// <summary>Calls that are to be looked ahead at least to tell its states apart; see <see cref="LocalMachine"/>.</summary>
    public int LeastDepth { get; init; } = 3;

    public bool CanTimeOut { get; init; }

    public bool CanBeCancelled { get; init; }

    /// <summary>The same with an end by the clock.</summary>
    public Operation Timed => this with { Name = $"Timed{Name}", CanTimeOut = true };

    /// <summary>The same with an end by cancellation.</summary>
    public Operation Cancellable => this with { Name = $"Cancellable{Name}", CanBeCancelled = true };

    public override string ToString() => Name;
}
