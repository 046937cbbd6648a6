namespace Crossmap.Linux;

/// <summary>The words of a reader-writer lock in shared memory, and the calling thread's way of waiting for them.</summary>
/// <param name="lock">Reachable meanwhile.</param>
/// <param name="thread">The calling one.</param>
/// <param name="deadline">As <see cref="Patience"/> takes it.</param>
/// <param name="cancellation">Ends a wait.</param>
internal readonly unsafe struct SharedReaderWriterWords(LinuxReaderWriterLock @lock, RobustList thread, long deadline, CancellationToken cancellation)
    : IReaderWriterWords<AwaitedOwnerWord>
{
    public int Slots => Objects.ReaderWriterLock.MaximumReaders;

    /// <summary>Threads get their numbers one after the other, so those of a few processes seldom meet.</summary>
    public int FirstSlot => (int)(thread.ThreadId % (uint)Slots);

    public AwaitedOwnerWord Writer => new(@lock.Writer, thread, OfOneSleep());

    public bool IsWriting
    {
        get => Volatile.Read(ref @lock.Mark) != 0;

        // With a full barrier: what the writer does inside comes after it.
        set => _ = Interlocked.Exchange(ref @lock.Mark, value ? 1u : 0u);
    }

    public AwaitedOwnerWord Slot(int index) => new(@lock.Slot(index), thread, OfOneSleep());

    public AwaitedOwnerWord Seen(int index) => new(@lock.Seen(index), thread, OfOneSleep());

    /// <summary>A wait comes to sleep on several words, one after the other, until one deadline.</summary>
    private Patience OfOneSleep() => new(deadline, Patience.MostSpins, cancellation);
}
