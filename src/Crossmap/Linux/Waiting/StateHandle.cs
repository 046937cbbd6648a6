namespace Crossmap.Linux;

/// <summary>A handle to a semaphore's or an event's word, which stays mapped while this object is reachable, also after Dispose.</summary>
internal sealed unsafe class StateHandle : IDisposable
{
    private readonly StoreHandle? _object;
    private readonly WordPage? _page;

    /// <summary>In the header of an object of its own. Takes the handle over, also when it fails.</summary>
    public StateHandle(StoreHandle handle)
    {
        _object = handle;
        Word = handle.StateWord();
        Place = new FilePlace(handle.Device, handle.Inode, ObjectHeader.StateOffsetIn(handle.Inode));
        CreatedNew = handle.CreatedNew;
    }

    /// <summary>In a view.</summary>
    public StateHandle(WordPage page, in FilePlace place, bool createdNew)
    {
        _page = page;
        Word = (ulong*)(page.Address + place.InPage);
        Place = place;
        CreatedNew = createdNew;
    }

    /// <summary>8-aligned.</summary>
    public ulong* Word { get; }

    public FilePlace Place { get; }

    /// <summary>Null in a view.</summary>
    public StoreHandle? Object => _object;

    public bool CreatedNew { get; }

    /// <summary>Nothing is to be closed for what lies in a view.</summary>
    public void Dispose()
    {
        _object?.Dispose();
        GC.KeepAlive(_page);
    }
}
