namespace Crossmap.Torture;

/// <summary>A view in which somebody makes an object over whatever was there: killed half-way he leaves none, and it can be made again.</summary>
internal sealed class ViewHolder : Witness
{
    private const byte Rest = 0xA5;

    private readonly Deed _deed;
    private readonly string _name;
    private readonly HeldView _held;

    public ViewHolder(Deed deed, string name)
    {
        _deed = deed;
        _name = name;
        _held = HeldView.Create(name);
        _held.View.AsSpan().Fill(Rest);
    }

    public override string? FindWrong(bool atEnd)
    {
        Span<byte> before = _held.View.AsSpan()[..PlacedObject.Offset], behind = _held.View.AsSpan()[(PlacedObject.Offset + WaitableObject.SizeInView)..];
        if (before.ContainsAnyExcept(Rest) || behind.ContainsAnyExcept(Rest))
        {
            return $"who made an object in the view of '{_name}' wrote beside it";
        }

        Awaited.Kind kind = WaitableDeeds.KindOf(_deed)!.Value;
        using (WaitableObject? found = PlacedObject.TryOpenIn(_held.View, kind))
        {
            if (found is null && atEnd)
            {
                return $"the object in the view of '{_name}' was made and is not found";
            }

            bool diedOwning = atEnd && _deed == Deed.CreateOwnedMutex;
            string? wrong = found switch
            {
                NamedMutex mutex => Awaited.FindWrongOwner(mutex, _name, reported: 0, least: diedOwning ? 1 : 0, most: diedOwning ? 1 : 0),
                NamedEvent { IsSet: true } => $"the event in the view of '{_name}' is set, and nobody has set it",
                _ => null,
            };
            if (wrong is not null)
            {
                return wrong;
            }
        }

        using WaitableObject made = PlacedObject.CreateIn(_held.View, kind);
        return made is NamedMutex again ? Awaited.FindWrongOwner(again, _name, reported: 0, least: 0, most: 0)
            : made.TryWait() ? $"the object made anew in the view of '{_name}' gives something that nobody gave it"
            : null;
    }

    public override void Dispose() => _held.Dispose();
}
