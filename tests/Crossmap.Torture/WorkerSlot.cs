using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>One worker's part of the control memory. Only the worker writes it, and the controller when the worker is dead.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct WorkerSlot
{
    public const int Size = 512;

    /// <summary>Grows with every step; one that stands still while its process runs is a hang.</summary>
    [FieldOffset(0)] public long Progress;

    [FieldOffset(8)] public Step Step;
    [FieldOffset(12)] public int Target;
    [FieldOffset(16)] public int Parked;

    /// <summary>Steps that answered ERROR_LOCK_VIOLATION: somebody was stopped or descheduled in the middle of a burial.</summary>
    [FieldOffset(24)] public long Busy;

    /// <summary>Busy answers in a row.</summary>
    [FieldOffset(32)] public long BusyInARow;

    /// <summary>Names checked while a handle was held.</summary>
    [FieldOffset(40)] public long Checks;

    /// <summary>See <see cref="GateAccount"/>: counts owned in the low half, <see cref="GateAccount.Taking"/> or Releasing in the high half; one word, so that a kill leaves both or neither.</summary>
    [FieldOffset(48)] public int Gate;

    /// <summary>Objects this worker made anew.</summary>
    [FieldOffset(56)] public long Created;

    /// <summary>A scripted process is ready (<see cref="SyscallScript"/>).</summary>
    [FieldOffset(256)] public int ScriptReady;

    /// <summary>The controller lets the scripted process go.</summary>
    [FieldOffset(260)] public int ScriptGo;

    [FieldOffset(64)] private HoldArray _holds;

    /// <summary>What the worker holds under each of <see cref="Names"/>.</summary>
    [UnscopedRef]
    public ref Hold HoldOf(int name) => ref _holds[name];

    /// <summary>A name as one worker sees it.</summary>
    public struct Hold
    {
        public const long NotHeld = 0, InTransit = -1;

        /// <summary>Changes with <see cref="Identity"/>: equal before and after a look means nothing happened in between.</summary>
        public long Epoch;

        /// <summary>The object that is surely held; <see cref="NotHeld"/> when surely none; <see cref="InTransit"/> while it is being opened or closed.</summary>
        public long Identity;
    }

    [InlineArray(Names.Count)]
    private struct HoldArray
    {
        private Hold _first;
    }
}
