namespace Crossmap.Torture;

/// <summary>
/// Threads that sleep for a reader-writer lock which a script's process enters, or leaves, when it is killed. All come in behind it, and a writer
/// is told exactly if it died inside as one.
/// </summary>
internal sealed class LockWitness : Witness
{
    private readonly Deed _deed;
    private readonly string _name;
    private readonly NamedReaderWriterLock _lock;
    private readonly OwnerThread? _inside;
    private readonly Sleeper _writer;
    private readonly Sleeper[] _behind;

    public LockWitness(Deed deed, string name)
    {
        _deed = deed;
        _name = name;
        _lock = NamedReaderWriterLock.Create(name);
        _inside = !LockDeeds.Sleeps(deed) ? null
            : deed == Deed.WriteBehindReader ? new OwnerThread(() => _lock.EnterReadLock(), _lock.ExitReadLock)
            : new OwnerThread(() => _lock.EnterWriteLock(), _lock.ExitWriteLock);
        _writer = new Sleeper(() => _lock.EnterWriteLock(), _lock.ExitWriteLock);

        // Readers beside a reader would not sleep but for the writer before them.
        _behind = [_writer, NewReader(), NewReader()];
    }

    /// <summary>Nobody is inside, and nobody on his way.</summary>
    /// <param name="lock">Of the controller.</param>
    /// <param name="name">For the report.</param>
    /// <param name="abandoned">A writer was told.</param>
    public static string? FindWrongAtRest(NamedReaderWriterLock @lock, string name, out bool abandoned)
    {
        abandoned = false;
        if (@lock.CurrentReadCount is not 0 and var readers)
        {
            return $"'{name}' still has {readers} readers";
        }

        try
        {
            if (!@lock.TryEnterWriteLock(TimeSpan.Zero))
            {
                return $"'{name}' cannot be written";
            }
        }
        catch (AbandonedMutexException)
        {
            abandoned = true;
        }

        @lock.ExitWriteLock();
        try
        {
            if (!@lock.TryEnterReadLock(TimeSpan.Zero))
            {
                return $"'{name}' cannot be read";
            }
        }
        catch (AbandonedMutexException)
        {
            return $"'{name}' is called abandoned by a reader after a writer has put it right";
        }

        @lock.ExitReadLock();
        return null;
    }

    public override void Begin()
    {
        if (_inside is null)
        {
            FallAsleep();
        }
    }

    public override void VictimSleeps()
    {
        FallAsleep();
        _inside!.Give();
    }

    public override string? FindWrong(bool atEnd)
    {
        if (_inside is not null)
        {
            // Killed before he slept: to the others he was never there.
            VictimSleeps();
        }

        if (!_behind.All(sleeper => sleeper.Comes()))
        {
            return $"lost wake-up: {_behind.Count(sleeper => sleeper.HasCome)} of {_behind.Length} come into '{_name}', {_lock.CurrentReadCount} readers are there, {(_lock.IsWriting ? "and a writer" : "and no writer")}";
        }

        if (FindWrongAtRest(_lock, _name, out bool abandoned) is { } wrong)
        {
            return wrong;
        }

        int writersTold = _writer.Reports + (abandoned ? 1 : 0), readersTold = _behind.Sum(sleeper => sleeper.Reports) - _writer.Reports;
        bool diedInside = atEnd && _deed is Deed.WriteBehindReader or Deed.WriteBehindWriter;
        bool perhaps = !atEnd && _deed == Deed.LeaveWrite;
        return writersTold < (diedInside ? 1 : 0) || writersTold > (diedInside || perhaps ? 1 : 0) || (writersTold == 0 && readersTold != 0)
            ? $"{writersTold} writers and {readersTold} readers were told that a writer died in '{_name}', and it {(diedInside ? "did" : "did not")}"
            : null;
    }

    public override void Dispose()
    {
        _inside?.Give();
        _lock.Dispose();
    }

    private Sleeper NewReader() => new(() => _lock.EnterReadLock(), _lock.ExitReadLock);

    private void FallAsleep()
    {
        foreach (Sleeper sleeper in _behind)
        {
            if (!sleeper.IsStarted)
            {
                sleeper.FallAsleep();
            }
        }
    }
}
