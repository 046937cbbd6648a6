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
        LivesOffset = GuardedOffset + (SyncSlot.Exclusives * GuardedRecord.Size),
        SyncOffset = LivesOffset + (TortureOptions.MaximumProcesses * 2 * sizeof(long)),
        Length = SyncOffset + (TortureOptions.MaximumProcesses * SyncSlot.MostThreads * SyncSlot.Size);

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

    /// <summary>Somebody has just taken what only one may have: what in its record cannot be, or null.</summary>
    /// <param name="number">Of the record.</param>
    /// <param name="name">Of the object, for the report.</param>
    /// <param name="tellsOfDeaths">Who comes after one who died owning it must be told.</param>
    /// <param name="abandoned">He was told.</param>
    public string? FindForeign(int number, string name, bool tellsOfDeaths, bool abandoned)
    {
        ref GuardedRecord record = ref Guarded(number);
        if (Volatile.Read(ref record.Owner) is var owner && owner == 0)
        {
            return record.First == record.Second ? null : $"two owners of '{name}': counters {record.First} and {record.Second}, and nobody died between";
        }

        return !WasKilled(GuardedRecord.SlotOf(owner), GuardedRecord.LifeOf(owner))
            ? $"two owners of '{name}': {GuardedRecord.Describe(owner)}, who was not killed, stands in its record{(abandoned ? ", and it is called abandoned" : "")}"
            : abandoned || !tellsOfDeaths ? null
            : $"'{name}' came as if released, and {GuardedRecord.Describe(owner)} was killed owning it";
    }

    /// <summary>Whether the process that had this slot in that life was struck: said before the blow, so before anything of its was given up.</summary>
    public bool WasKilled(int slot, long life) => Volatile.Read(ref Life(SyncSlot.ProcessOf(slot)).Killed) >= life;

    /// <summary>All who waited for the end of an earlier generation have been notified.</summary>
    public void NoteNotified(int number, long generation)
    {
        ref long notified = ref Guarded(number).Notified;
        long before = Volatile.Read(ref notified);
        while (before < generation && Interlocked.CompareExchange(ref notified, generation, before) is var seen && seen != before)
        {
            before = seen;
        }
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
        /// <summary>Not 0: workers let go of everything and wait. Of channels at 1 only those who begin something, at 2 also those who are there to end it.</summary>
        [FieldOffset(0)] public int Pause;

        /// <summary>The last identity given to a memory object: every later one is larger, so an identity tells when it was given.</summary>
        [FieldOffset(64)] public long LastIdentity;

        [FieldOffset(128)] public int Violations;

        /// <summary>1: nearly all read in one lock, more than there are places.</summary>
        [FieldOffset(196)] public int Crowds;

        /// <summary>Of <see cref="Sync"/>, that are in use.</summary>
        [FieldOffset(192)] public int Slots;
    }
}
