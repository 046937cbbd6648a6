namespace Crossmap.Tool.Demo;

/// <summary>The second mapping's content: what the workers build together. Plain fields, no atomics: who has the turn may touch them.</summary>
internal struct SharedResult
{
    public long NextChunk;

    /// <summary>Of the clock that all processes share (Stopwatch), when the last part was added.</summary>
    public long LastChange;

    public ByteSummary Summary;

    public WorkerShare First;
    public WorkerShare Second;

    /// <summary>What one worker did.</summary>
    public struct WorkerShare
    {
        public long Address;
        public long Turns;
        public long Chunks;
    }
}
