using System.Runtime.InteropServices;

namespace Crossmap.Channels.Queues;

/// <summary>
/// What an object remembers of one side of a queue for many, claiming or taking. Only hints where to begin: threads that share the object may write them over
/// one another. A field of its object with the other side's on lines of their own, as one thread may write and another read.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 2 * Apart + 64)]
internal struct SideHints
{
    /// <summary>Bytes: two lines, as processors fetch them in pairs.</summary>
    private const int Apart = 128;

    /// <summary>The slot to look at.</summary>
    [FieldOffset(Apart)]
    public long Next;

    /// <summary>Of claims: a position before which all data was free once.</summary>
    [FieldOffset(Apart + 8)]
    public ulong Tail;

    /// <summary>Of takes: how often something was recovered when that was last looked at.</summary>
    [FieldOffset(Apart + 16)]
    public int RecoveriesSeen;

    /// <summary>Tries in vain.</summary>
    [FieldOffset(Apart + 20)]
    public int Polls;

    [FieldOffset(Apart + 24)]
    public Lag Lag;
}
