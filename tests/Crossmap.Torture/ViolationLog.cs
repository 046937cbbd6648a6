namespace Crossmap.Torture;

/// <summary>What was violated. A file that every process appends to with one write, so that a kill loses nothing that was said.</summary>
internal sealed class ViolationLog(RunFolder folder, ControlBlock control)
{
    /// <summary>Lines kept: a broken protocol violates thousands of times, and the first ones tell why.</summary>
    private const int MaximumLines = 1000;

    public int Count => Volatile.Read(ref control.Shared.Violations);

    public void Add(string what)
    {
        // Before it is counted: the run ends with the last that it stops at, and kills whoever has not written yet.
        if (Count < MaximumLines)
        {
            File.AppendAllText(folder.ViolationLog, what.ReplaceLineEndings(" | ") + "\n");
        }

        Interlocked.Increment(ref control.Shared.Violations);
    }

    /// <summary>The count when nobody is left, with those whose process was killed before it counted them.</summary>
    public int CountAtEnd() => Math.Max(Count, First(MaximumLines).Count());

    public IEnumerable<string> First(int count) => File.Exists(folder.ViolationLog) ? File.ReadLines(folder.ViolationLog).Take(count) : [];
}
