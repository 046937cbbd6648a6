using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>One sleeping thread's part of the control memory.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SleeperSlot
{
    public const int Size = 64;

    /// <summary>The thread, as soon as it is about to wait; 0 before.</summary>
    [FieldOffset(0)] public int Thread;

    /// <summary>1: it has taken its count.</summary>
    [FieldOffset(4)] public int Taken;

    /// <summary>When, by the monotonic clock (<see cref="SuccessorTimes"/>).</summary>
    [FieldOffset(8)] public long At;

    /// <summary>1: it is to wait now (<see cref="SuccessorTimes"/>).</summary>
    [FieldOffset(16)] public int Asked;
}
