using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>What a mutex or the turn guards: whoever finds somebody else in it, or himself gone from it, is one of two owners.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct GuardedRecord
{
    public const int Size = 64;

    /// <summary>Written after it was taken, and 0 before it is given up: another one here was killed owning it. See <see cref="Identity"/>.</summary>
    [FieldOffset(0)] public long Owner;

    /// <summary>Grows by one with each owner, and so does <see cref="Second"/>, a while later.</summary>
    [FieldOffset(8)] public long First;
    [FieldOffset(16)] public long Second;

    /// <summary>Of one thread in one life of its process: no other one ever had or will have it.</summary>
    public static long Identity(long life, int slot) => (life << 16) | (long)(slot + 1);

    public static long LifeOf(long owner) => owner >> 16;

    public static int SlotOf(long owner) => (int)(owner & 0xFFFF) - 1;

    public static string Describe(long owner) => owner == 0
        ? "nobody"
        : $"thread {SlotOf(owner) % SyncWorker.Threads} of process {SlotOf(owner) / SyncWorker.Threads} in life {LifeOf(owner)}";
}
