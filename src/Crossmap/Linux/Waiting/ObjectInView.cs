using System.Runtime.InteropServices;
using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>The 64 bytes of an object in a view; docs/format.md draws them.</summary>
[StructLayout(LayoutKind.Explicit, Size = ViewPlace.Length)]
internal struct ObjectInView
{
    /// <summary>"CROSSMPV" in the order of its bytes.</summary>
    public const ulong MagicValue = 0x56504D53_534F5243;

    /// <summary>Of the word. A mutex's entry lies 32 bytes behind, so in the shared page: its users trust each other.</summary>
    public const int WordOffset = 16;

    [FieldOffset(0)] public InViewHeader Header;

    /// <summary>The word of a semaphore or an event.</summary>
    [FieldOffset(WordOffset)] public ulong State;

    /// <summary>The word of a mutex.</summary>
    [FieldOffset(WordOffset)] public uint Owner;

    /// <summary>The mutex's run of the kernel: a real file outlives it, and the threads that the word names do not.</summary>
    [FieldOffset(24)] public Guid Boot;

    /// <summary>The mutex's entry in its owner's robust list: addresses of the owner's process.</summary>
    [FieldOffset(WordOffset + RobustList.EntryBehindWord - sizeof(long))] public long Previous;
    [FieldOffset(WordOffset + RobustList.EntryBehindWord)] public long Next;

    /// <summary>The mutex's PID namespace.</summary>
    [FieldOffset(56)] public ulong PidNamespace;
}
