using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>
/// Memory that the controller shares with its processes: what each does and holds at this moment. It is a plain mapped file, so that
/// nothing the torture relies on is itself under test. Its words outlive a killed worker, which is how the controller knows what died with it.
/// </summary>
internal sealed unsafe class ControlBlock : IDisposable
{
    private const int SlotsOffset = 4096, SleepersOffset = SlotsOffset + (TortureOptions.MaximumProcesses * WorkerSlot.Size),
        Length = SleepersOffset + (Sleepers.Count * SleeperSlot.Size);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _memory;

    private ControlBlock(string path, FileMode mode)
    {
        _file = MemoryMappedFile.CreateFromFile(path, mode, null, mode == FileMode.CreateNew ? Length : 0);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _memory);
    }

    public static ControlBlock Create(RunFolder folder)
    {
        var control = new ControlBlock(folder.Control, FileMode.CreateNew);

        // The data files' identities come first.
        control.Shared.LastIdentity = Names.DataFiles;
        return control;
    }

    public static ControlBlock Open(RunFolder folder) => new(folder.Control, FileMode.Open);

    public ref Words Shared => ref *(Words*)_memory;

    public ref WorkerSlot this[int index] => ref ((WorkerSlot*)(_memory + SlotsOffset))[index];

    public ref SleeperSlot Sleeper(int index) => ref ((SleeperSlot*)(_memory + SleepersOffset))[index];

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    /// <summary>Each on a cache line of its own.</summary>
    [StructLayout(LayoutKind.Explicit)]
    public struct Words
    {
        /// <summary>1: workers let go of everything and wait.</summary>
        [FieldOffset(0)] public int Pause;

        /// <summary>The last identity given to a memory object: every later one is larger, so an identity tells when it was given.</summary>
        [FieldOffset(64)] public long LastIdentity;

        [FieldOffset(128)] public int Violations;
    }
}
