namespace Crossmap.Torture;

/// <summary>A mutex or an event that nobody waits for: whoever is killed making or opening it too, it stays as it is.</summary>
internal sealed class WaitableHolder(Awaited.Kind kind, string name, Place place) : Witness
{
    private readonly Awaited _held = new(kind, name, place, isOwned: false);

    public override string? FindWrong(bool atEnd)
    {
        if (_held.Object is NamedMutex)
        {
            // Who asked to own it from the beginning was not the one who made it.
            return _held.FindWrongOwner(reported: 0, least: 0, most: 0) ?? FindOther();
        }

        return _held.Left != 0 ? $"'{name}' is set, and nobody has set it" : FindOther();
    }

    public override void Dispose() => _held.Dispose();

    /// <summary>The name must lead to this object and to no other.</summary>
    private string? FindOther()
    {
        using PlacedObject? found = PlacedObject.TryOpen(kind, name, place);
        bool isSame;
        switch (found?.Object)
        {
            case null:
                return $"'{name}' was not found while it was held";
            case NamedMutex mutex:
                ((NamedMutex)_held.Object).Wait();
                isSame = mutex.IsOwned;
                ((NamedMutex)_held.Object).Release();
                break;
            default:
                _held.Give();
                isSame = ((NamedEvent)found.Object).IsSet;
                break;
        }

        return isSame ? null : $"'{name}' leads to another object than its holder's";
    }
}
