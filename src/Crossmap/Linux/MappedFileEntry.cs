using System.Globalization;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>
/// "Who has this file mapped": every section and view over a real file holds the entry of its inode, an empty object that is nothing but
/// its liveness lock. Never a lock on the user's file itself, which is his. From it come Windows' answers 1224 and 5.
/// Counted: a section and its views in this process share one handle.
/// </summary>
internal sealed class MappedFileEntry
{
    private readonly StoreHandle _handle;
    private int _references = 1;

    private MappedFileEntry(StoreHandle handle) => _handle = handle;

    public static MappedFileEntry Hold(in FileStatus file) => new(Create(in file));

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _handle.Dispose();
        }
    }

    /// <summary>Runs the action if this is the only hold on the file's entry in any process; nobody can map the file meanwhile.</summary>
    public bool TryWhileAlone(Action action) => _handle.TryWhileAlone(action);

    /// <summary>Whether anybody holds the file's entry.</summary>
    public static bool IsMapped(in FileStatus file)
    {
        using StoreHandle? handle = ObjectStore.Open(StoreFolder.Files, NameOf(in file), Subject);
        return handle is not null;
    }

    /// <summary>Runs the action unless the file is mapped; nobody can map it meanwhile.</summary>
    public static bool TryUnlessMapped(in FileStatus file, Action action)
    {
        using StoreHandle handle = Create(in file);
        return handle.TryWhileAlone(action);
    }

    private const string Subject = "the entry of a mapped file";

    private static StoreHandle Create(in FileStatus file) =>
        ObjectStore.Create(StoreFolder.Files, NameOf(in file), Subject, 0x180 /* 0600 */, default, 0, allocate: false);

    private static byte[] NameOf(in FileStatus file) =>
        Terminated(string.Create(CultureInfo.InvariantCulture, $"{file.Device:x}-{file.Inode}"));
}
