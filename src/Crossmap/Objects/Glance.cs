using System.Runtime.CompilerServices;

namespace Crossmap.Objects;

/// <summary>
/// What one read of an object's word tells of it: that there is surely nothing to take, or that it has to be asked. Who waits for many objects
/// looks at each so before he asks any.
/// </summary>
/// <param name="word">Readable as long as the handle is reachable.</param>
/// <param name="bits">Where all of them are 0, there is nothing to take, and nothing else to do about the word.</param>
internal readonly unsafe struct Glance(ulong* word, ulong bits)
{
    private readonly ulong* _word = word;
    private readonly ulong _bits = bits;

    /// <summary>Of an object that one read tells nothing of.</summary>
    public static Glance Unknown => new(Something, bits: 1);

    public bool IsUnknown => _word == Something;

    /// <summary>0: at this moment there is nothing to take.</summary>
    public ulong Look() => Volatile.Read(ref *_word) & _bits;

    /// <summary>Never written and never freed, so that a look needs no other question before it.</summary>
    private static ulong* Something { get; } = Allocated();

    private static ulong* Allocated()
    {
        var word = (ulong*)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(Glance), sizeof(ulong));
        *word = ulong.MaxValue;
        return word;
    }
}
