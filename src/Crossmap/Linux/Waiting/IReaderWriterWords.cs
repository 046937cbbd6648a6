namespace Crossmap.Linux;

/// <summary>The words of one reader-writer lock, as the calling thread has them: all that <see cref="ReaderWriterProtocol"/> can do to the world.</summary>
internal interface IReaderWriterWords<TWord>
    where TWord : struct, IAwaitedOwnerWord
{
    /// <summary>How many readers there can be.</summary>
    int Slots { get; }

    /// <summary>Where the calling thread looks first for a slot of its own: best another one for each thread.</summary>
    int FirstSlot { get; }

    /// <summary>The writer's word.</summary>
    TWord Writer { get; }

    /// <summary>Whether a writer is inside, or died there.</summary>
    bool IsWriting { get; set; }

    /// <summary>A slot to take, and to give up again.</summary>
    TWord Slot(int index);

    /// <summary>A slot to look at and to sleep on, and not to take.</summary>
    TWord Seen(int index);
}
