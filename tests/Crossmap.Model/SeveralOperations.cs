using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>Waits for two objects: the library's own <see cref="SeveralProtocol"/>.</summary>
internal static class SeveralOperations
{
    /// <summary>Of what was taken, in place of a word.</summary>
    public const int Both = SeveralModel.Words;

    private const int TakenAt = 8;

    /// <summary>Waits for any, the parts in the order in which it looks at them.</summary>
    public static Operation WaitAny(SeveralPart[] parts, SeveralFault fault) => new(Act.WaitAny, "WaitAny", answers =>
    {
        Span<uint> arrived = stackalloc uint[SeveralModel.Words];
        var memory = new SeveralMemory(answers, parts, fault);
        int index = SeveralProtocol.TryTakeAny(ref memory, arrived, out WaitResult result);
        if (index < 0)
        {
            index = SeveralProtocol.WaitForAny(ref memory, arrived, out result, out _);
        }

        return Encode(index < 0 ? -1 : parts[index].Word, result);
    }) { Word = parts[0].Word };

    public static Operation WaitAll(SeveralPart[] parts, SeveralFault fault) => new(Act.WaitAll, "WaitAll", answers =>
    {
        var memory = new SeveralMemory(answers, parts, fault);
        WaitResult result = SeveralProtocol.WaitForAll(ref memory, stackalloc uint[SeveralModel.Words], stackalloc WaitResult[SeveralModel.Words]);
        return Encode(result == WaitResult.TimedOut ? -1 : Both, result);
    }) { Word = parts[0].Word };

    public static (int Taken, WaitResult How) Decode(ulong result) => ((int)(result >> TakenAt) - 1, (WaitResult)(byte)result);

    private static ulong Encode(int taken, WaitResult how) => ((ulong)(taken + 1) << TakenAt) | (ulong)how;
}
