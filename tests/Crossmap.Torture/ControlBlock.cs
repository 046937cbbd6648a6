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
        GuardedOffset = SleepersOffset + (Sleepers.Count * SleeperSlot.Size),
        LivesOffset = GuardedOffset + (SyncObjects.Exclusives * GuardedRecord.Size),
        SyncOffset = LivesOffset + (TortureOptions.MaximumProcesses * 2 * sizeof(long)),
        Length = SyncOffset + (TortureOptions.MaximumProcesses * SyncWorker.Threads * SyncSlot.Size);

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

    public ref GuardedRecord Guarded(int number) => ref ((GuardedRecord*)(_memory + GuardedOffset))[number];

    public ref SyncLife Life(int process) => ref ((SyncLife*)(_memory + LivesOffset))[process];

    public ref SyncSlot Sync(int slot) => ref ((SyncSlot*)(_memory + SyncOffset))[slot];

    /// <summary>Somebody has just taken the mutex or the turn: what in the record cannot be, or null.</summary>
    public string? FindForeign(int number, bool abandoned)
    {
        ref GuardedRecord record = ref Guarded(number);
        string name = SyncObjects.NameOf(number);
        if (Volatile.Read(ref record.Owner) is var owner && owner == 0)
        {
            return record.First == record.Second ? null : $"two owners of '{name}': counters {record.First} and {record.Second}, and nobody died between";
        }

        return Volatile.Read(ref Life(GuardedRecord.SlotOf(owner) / SyncWorker.Threads).Killed) < GuardedRecord.LifeOf(owner)
            ? $"two owners of '{name}': {GuardedRecord.Describe(owner)}, who was not killed, stands in its record{(abandoned ? ", and it is called abandoned" : "")}"
            : abandoned || number >= SyncObjects.Mutexes ? null
            : $"'{name}' came as if released, and {GuardedRecord.Describe(owner)} was killed owning it";
    }

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
