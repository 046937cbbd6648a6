namespace Crossmap.Bench;

/// <summary>What a row must reach.</summary>
/// <param name="Limit">The bar.</param>
/// <param name="AtLeast">The subject must be this many times faster than the baseline; else at most this many times as slow.</param>
/// <param name="Unit">Of <paramref name="Limit"/> where there is no baseline; null for a ratio.</param>
internal readonly record struct Bar(double Limit, bool AtLeast = false, string? Unit = null)
{
    /// <summary>Of a row whose figure stands for itself.</summary>
    public static Bar None { get; } = new(double.PositiveInfinity);

    public bool IsNone => double.IsPositiveInfinity(Limit);

    public bool IsMet(double median) => AtLeast ? median >= Limit : median <= Limit;

    public override string ToString() => IsNone ? "none" :
        FormattableString.Invariant($"{(AtLeast ? ">=" : "<=")} {Limit}{(Unit is null ? " x" : $" {Unit}")}");
}

/// <summary>One comparison: the library's way of doing something, and the raw way of doing the same.</summary>
internal abstract class Row : IDisposable
{
    /// <summary>For a reader of the table: what is compared with what.</summary>
    public abstract string What { get; }

    public abstract Bar Bar { get; }

    /// <summary>Whether there is something to compare with; else the subject's own value is held against the bar.</summary>
    public virtual bool HasBaseline => true;

    /// <summary>What single operations took in the rounds, of a row that looks at them; null for others.</summary>
    public virtual (Percentiles Subject, Percentiles Baseline)? Singles => null;

    /// <summary>
    /// Rounds of a full run. Many and short: a round that ends within a scheduler's slice meets no other process, and the median of many
    /// does not see the others.
    /// </summary>
    public virtual int Rounds => 101;

    /// <summary>Nanoseconds an operation; where there is no baseline, in the bar's unit.</summary>
    public abstract double Subject();

    public virtual double Baseline() => throw new NotSupportedException();

    public abstract void Dispose();
}

/// <summary>A row that cannot be measured on this machine: the message says what is missing, and how to get it.</summary>
internal sealed class RowVoidException(string message) : Exception(message);
