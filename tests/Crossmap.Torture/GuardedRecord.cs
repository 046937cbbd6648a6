using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>What a mutex, the turn or a reader-writer lock guards: whoever finds somebody else in it, or himself gone from it, is one of two owners.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct GuardedRecord
{
    public const int Size = 64;

    /// <summary>Written after it was taken, and 0 before it is given up: another one here was killed owning it. See <see cref="Identity"/>.</summary>
    [FieldOffset(0)] public long Owner;

    /// <summary>Grows by one with each owner, and so does <see cref="Second"/>, a while later.</summary>
    [FieldOffset(8)] public long First;
    [FieldOffset(16)] public long Second;

    /// <summary>Of a monitor: grows with each change that its waiters wait for, by who owns the mutex.</summary>
    [FieldOffset(24)] public long Generation;

    /// <summary>The last generation of which all who waited for one were notified, by somebody who lived to note it.</summary>
    [FieldOffset(32)] public long Notified;

    /// <summary>Of one thread in one life of its process: no other one ever had or will have it.</summary>
    public static long Identity(long life, int slot) => (life << 16) | (long)(slot + 1);

    public static long LifeOf(long owner) => owner >> 16;

    public static int SlotOf(long owner) => (int)(owner & 0xFFFF) - 1;

    public static string Describe(long owner) => owner == 0
        ? "nobody"
        : $"thread {SyncSlot.ThreadOf(SlotOf(owner))} of process {SyncSlot.ProcessOf(SlotOf(owner))} in life {LifeOf(owner)}";
}
