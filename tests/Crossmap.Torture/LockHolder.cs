namespace Crossmap.Torture;

/// <summary>A reader-writer lock that nobody is inside of: whoever is killed making or opening it too, it stays as it is.</summary>
internal sealed class LockHolder(string name) : Witness
{
    private readonly NamedReaderWriterLock _held = NamedReaderWriterLock.Create(name);

    public override string? FindWrong(bool atEnd)
    {
        if (!NamedReaderWriterLock.TryOpen(name, out NamedReaderWriterLock? found))
        {
            return $"'{name}' was not found while it was held";
        }

        using (found)
        {
            _held.EnterWriteLock();
            bool isSame = found.IsWriting;
            _held.ExitWriteLock();
            return isSame ? LockWitness.FindWrongAtRest(_held, name, out _) : $"'{name}' leads to another object than its holder's";
        }
    }

    public override void Dispose() => _held.Dispose();
}
