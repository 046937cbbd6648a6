using System.Diagnostics;
using Crossmap.Objects;

namespace Crossmap.Windows;

/// <summary>
/// A reader-writer lock of the kernel's own objects: a semaphore that has the lock's name, a mutex for the writer, and a mutex for each reader.
/// </summary>
/// <remarks>
/// <para>Who enters waits for the writer's mutex. A reader then takes a mutex that is free among the readers', and lets the writer's go. A writer
/// keeps it, and waits for each of the readers' once: who has come before him leaves, and nobody comes after him.</para>
/// <para>The semaphore's count is the mark that a writer is inside: 1 for no, 0 for yes. Only who owns the writer's mutex changes it, and the
/// kernel gives the mutexes of the dead to others and leaves the mark. So it tells of a writer who died inside; that a mutex was abandoned does
/// not, for he may have died on the way. The semaphore's maximum tells such a lock from any other semaphore.</para>
/// </remarks>
internal sealed unsafe class WindowsReaderWriterLock : Objects.ReaderWriterLock
{
    /// <summary>What no semaphore has by chance.</summary>
    public const int MaximumOfMark = 0x4C57_5243;

    /// <summary>The slot of who writes.</summary>
    private const int WriterSlot = -1;

    /// <summary>Which mutex the thread has of which lock, as it knows it itself; the kernel is asked before that is believed.</summary>
    [ThreadStatic]
    private static Dictionary<object, int>? t_held;

    private readonly KernelHandle _mark;
    private readonly KernelHandle _writer;
    private readonly KernelHandle[] _readers;

    /// <summary>The same for all handles of a process to one lock.</summary>
    private readonly object _key;

    /// <summary>Takes the handles over.</summary>
    /// <param name="mark">The semaphore.</param>
    /// <param name="writer">The writer's mutex.</param>
    /// <param name="readers">The readers'.</param>
    /// <param name="key">Of a named lock what its mutexes are named by; null for an unnamed one.</param>
    /// <param name="createdNew">Whether the semaphore is new.</param>
    public WindowsReaderWriterLock(KernelHandle mark, KernelHandle writer, KernelHandle[] readers, string? key, bool createdNew)
    {
        _mark = mark;
        _writer = writer;
        _readers = readers;
        _key = key ?? (object)this;
        CreatedNew = createdNew;
    }

    public override bool CreatedNew { get; }

    public override ReaderWriterState State => StateOf(_mark, _writer, _readers);

    public override Inside OfThisThread => Slot() switch { null => Inside.Not, WriterSlot => Inside.Writing, _ => Inside.Reading };

    private bool IsMarked => WindowsSemaphore.Query(_mark).CurrentCount == 0;

    public static ReaderWriterState StateOf(KernelHandle mark, KernelHandle writer, ReadOnlySpan<KernelHandle> readers)
    {
        int count = 0;
        foreach (KernelHandle reader in readers)
        {
            count += WindowsMutex.Query(reader).IsOwned ? 1 : 0;
        }

        bool isMarked = WindowsSemaphore.Query(mark).CurrentCount == 0;
        MutexState owner = WindowsMutex.Query(writer);
        bool isWriting = isMarked && owner.IsOwned;
        return new ReaderWriterState(isWriting, isMarked && !owner.IsOwned, isWriting ? owner.Owner : 0, count, HasWaiters: null);
    }

    public override WaitResult EnterRead(long timeoutMilliseconds, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        if (KernelWait.Run(_writer, timeoutMilliseconds, cancellation) == WaitResult.TimedOut)
        {
            return WaitResult.TimedOut;
        }

        try
        {
            int slot = KernelWait.Run(_readers, all: false, Left(timeoutMilliseconds, start), cancellation, out WaitResult result);
            if (result == WaitResult.TimedOut)
            {
                return result;
            }

            Remember(slot);
            return IsMarked ? WaitResult.Abandoned : WaitResult.Signaled;
        }
        finally
        {
            Release(_writer);
        }
    }

    public override bool TryExitRead()
    {
        if (Slot() is not { } slot || slot == WriterSlot)
        {
            return false;
        }

        t_held!.Remove(_key);
        Release(_readers[slot]);
        return true;
    }

    public override WaitResult EnterWrite(long timeoutMilliseconds, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        if (KernelWait.Run(_writer, timeoutMilliseconds, cancellation) == WaitResult.TimedOut)
        {
            return WaitResult.TimedOut;
        }

        bool isInside = false;
        try
        {
            foreach (KernelHandle reader in _readers)
            {
                if (KernelWait.Run(reader, Left(timeoutMilliseconds, start), cancellation) == WaitResult.TimedOut)
                {
                    return WaitResult.TimedOut;
                }

                Release(reader);
            }

            // Taken now by us, or by a writer who died inside.
            WaitResult mark = KernelWait.Run(_mark, 0, CancellationToken.None);
            Remember(WriterSlot);
            isInside = true;
            return mark == WaitResult.TimedOut ? WaitResult.Abandoned : WaitResult.Signaled;
        }
        finally
        {
            if (!isInside)
            {
                Release(_writer);
            }
        }
    }

    public override bool TryExitWrite()
    {
        if (Slot() != WriterSlot)
        {
            return false;
        }

        t_held!.Remove(_key);

        // First: who dies before this line dies inside.
        if (Kernel32.ReleaseSemaphore(_mark, 1, out _) == 0)
        {
            throw WindowsError.Last("The reader-writer lock's mark cannot be taken away");
        }

        Release(_writer);
        return true;
    }

    /// <summary>The name first: where it leads to a lock, its mutexes are there.</summary>
    public override void Dispose()
    {
        _mark.Dispose();
        _writer.Dispose();
        Array.ForEach(_readers, reader => reader.Dispose());
    }

    private static void Release(KernelHandle mutex)
    {
        if (Kernel32.ReleaseMutex(mutex) == 0)
        {
            throw WindowsError.Last("A mutex of the reader-writer lock cannot be released");
        }
    }

    private static long Left(long timeoutMilliseconds, long start) =>
        timeoutMilliseconds <= 0 ? timeoutMilliseconds : Math.Max(0, timeoutMilliseconds - (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds);

    private void Remember(int slot) => (t_held ??= [])[_key] = slot;

    private int? Slot()
    {
        if (t_held is null || !t_held.TryGetValue(_key, out int slot))
        {
            return null;
        }

        if (WindowsMutex.IsOwnedByCaller(slot == WriterSlot ? _writer : _readers[slot]))
        {
            return slot;
        }

        // Of a lock that ended while the thread was inside.
        t_held.Remove(_key);
        return null;
    }
}
