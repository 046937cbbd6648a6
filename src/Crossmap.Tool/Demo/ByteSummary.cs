using System.Runtime.CompilerServices;

namespace Crossmap.Tool.Demo;

/// <summary>
/// What bytes amount to: how often each value occurs, and the sum of each byte times its place, which tells when bytes stand where they do
/// not belong. The summaries of parts add up to that of the whole, in any order. Lies in shared memory, so its layout is fixed.
/// </summary>
internal unsafe struct ByteSummary : IEquatable<ByteSummary>
{
    private const int Values = 256;

    private fixed long _counts[Values];
    private ulong _weightedSum;

    public long Length { get; private set; }

    /// <summary>Modulo 2^64.</summary>
    public readonly ulong Checksum => _weightedSum;

    public readonly int DifferentValues
    {
        get
        {
            int different = 0;
            for (int i = 0; i < Values; i++)
            {
                different += _counts[i] != 0 ? 1 : 0;
            }

            return different;
        }
    }

    /// <param name="bytes">A part of the whole.</param>
    /// <param name="place">Where in the whole it begins.</param>
    /// <remarks>Compiled well at once: the whole demonstration may be over before the runtime would find it hot.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ByteSummary Of(ReadOnlySpan<byte> bytes, long place)
    {
        // Four tables: a run of one value would otherwise wait for its own counter at every byte.
        int* tables = stackalloc int[Values * 4];
        new Span<int>(tables, Values * 4).Clear();
        ulong sum = 0;
        ulong sumOfSums = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte value = bytes[i];
            tables[((i & 3) * Values) + value]++;
            sum += value;
            sumOfSums += sum;
        }

        ByteSummary summary = default;
        for (int i = 0; i < Values; i++)
        {
            summary._counts[i] = (long)tables[i] + tables[Values + i] + tables[(2 * Values) + i] + tables[(3 * Values) + i];
        }

        // Each byte is in as many of the sums as there are bytes from it to the end: (length - i) times.
        summary._weightedSum = ((ulong)place * sum) + ((ulong)bytes.Length * sum) - sumOfSums;
        summary.Length = bytes.Length;
        return summary;
    }

    public void Add(in ByteSummary other)
    {
        for (int i = 0; i < Values; i++)
        {
            _counts[i] += other._counts[i];
        }

        _weightedSum += other._weightedSum;
        Length += other.Length;
    }

    public readonly bool Equals(ByteSummary other)
    {
        for (int i = 0; i < Values; i++)
        {
            if (_counts[i] != other._counts[i])
            {
                return false;
            }
        }

        return _weightedSum == other._weightedSum && Length == other.Length;
    }

    public override readonly bool Equals(object? obj) => obj is ByteSummary other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(_weightedSum, Length);
}
