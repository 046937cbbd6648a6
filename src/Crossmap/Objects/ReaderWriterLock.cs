namespace Crossmap.Objects;

/// <summary>What can be seen of a reader-writer lock without being inside.</summary>
/// <param name="IsWriting">A writer is inside.</param>
/// <param name="IsAbandoned">A writer died inside, and no other has come and gone since.</param>
/// <param name="Writer">The process of the one that is inside where the system tells, else 0.</param>
/// <param name="Readers">How many threads are inside for reading, or just on their way in or out.</param>
/// <param name="HasWaiters">Somebody may be asleep, waiting for it; null where the system does not tell.</param>
internal readonly record struct ReaderWriterState(bool IsWriting, bool IsAbandoned, int Writer, int Readers, bool? HasWaiters);

/// <summary>How the calling thread is inside.</summary>
internal enum Inside
{
    Not,
    Reading,
    Writing,
}

/// <summary>A handle to a reader-writer lock.</summary>
internal abstract class ReaderWriterLock : Primitive
{
    /// <summary>
    /// Threads that can read at once: each owns a word of its own, which a writer looks at. On Windows all of them and a token can still be
    /// waited for in one call (<c>MAXIMUM_WAIT_OBJECTS</c>, 64).
    /// </summary>
    public const int MaximumReaders = 32;

    public abstract ReaderWriterState State { get; }

    /// <summary>How the calling thread is inside, by whatever handle of its process.</summary>
    public abstract Inside OfThisThread { get; }

    /// <summary>
    /// Enters for reading, for a thread that is not inside. <paramref name="timeoutMilliseconds"/>: -1 waits without limit, 0 only tries.
    /// <see cref="WaitResult.Abandoned"/>: it is inside, and a writer died inside.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled first; the thread is not inside.</exception>
    public abstract WaitResult EnterRead(long timeoutMilliseconds, CancellationToken cancellation);

    /// <summary>False when the calling thread does not read.</summary>
    public abstract bool TryExitRead();

    /// <summary>The same for writing.</summary>
    /// <exception cref="OperationCanceledException">Cancelled first; the thread is not inside.</exception>
    public abstract WaitResult EnterWrite(long timeoutMilliseconds, CancellationToken cancellation);

    /// <summary>False when the calling thread does not write.</summary>
    public abstract bool TryExitWrite();
}
