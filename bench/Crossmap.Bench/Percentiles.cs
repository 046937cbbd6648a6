namespace Crossmap.Bench;

/// <summary>Of single operations, over all rounds: what the slow ones take.</summary>
internal sealed class Percentiles
{
    /// <summary>The ones that are told.</summary>
    public static readonly double[] Told = [50, 99, 99.9];

    private readonly List<double> _nanoseconds = [];
    private bool _isSorted;

    public int Count => _nanoseconds.Count;

    /// <param name="nanoseconds">What some took.</param>
    /// <param name="each">How many operations one of them is.</param>
    public void Add(ReadOnlySpan<long> nanoseconds, int each)
    {
        foreach (long took in nanoseconds)
        {
            _nanoseconds.Add((double)took / each);
        }

        _isSorted = false;
    }

    public void Clear() => _nanoseconds.Clear();

    /// <summary>So many of a hundred took no longer.</summary>
    public double At(double percent)
    {
        if (!_isSorted)
        {
            _nanoseconds.Sort();
            _isSorted = true;
        }

        int place = (int)Math.Ceiling(percent / 100 * _nanoseconds.Count) - 1;
        return _nanoseconds[Math.Clamp(place, 0, _nanoseconds.Count - 1)];
    }
}
