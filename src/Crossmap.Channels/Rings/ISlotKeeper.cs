namespace Crossmap.Channels.Rings;

/// <summary>What a kind of channel keeps in its ring although whoever held it has let it go; the rest is the same for all.</summary>
internal interface ISlotKeeper
{
    /// <inheritdoc cref="ISlotMemory.IsKept"/>
    bool IsKept { get; }

    /// <inheritdoc cref="ISlotMemory.TryFree"/>
    bool TryFree(in RingMemory ring, long index, SlotWord word);
}
