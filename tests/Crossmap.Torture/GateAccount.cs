namespace Crossmap.Torture;

/// <summary>
/// The controller's account of a semaphore's counts: the gate's, or those of <see cref="SyncKills"/>. A worker notes what it owns and what it is about to do in one word; a kill takes with it
/// what it owned, and leaves open only whether the one operation in flight had happened. So the true total lies between two bounds, and
/// a quiet moment shows it.
/// </summary>
internal sealed class GateAccount(NamedSemaphore gate, string name) : IDisposable
{
    public const int Taking = 1, Releasing = 2;

    public const int Maximum = 1_000_000;

    /// <summary>What it begins with, and what there is again when little is left.</summary>
    public const int Full = 3;

    private int _least = Full, _most = Full;

    public int CurrentCount => gate.CurrentCount;

    public int LeastTotal => _least;

    public static GateAccount Create(string name) => new(NamedSemaphore.Create(name, Full, Maximum), name);

    public static void Note(ref int word, int owned, int inFlight) => Volatile.Write(ref word, owned | (inFlight << 16));

    public static int Owned(int word) => word & 0xFFFF;

    /// <summary>A worker is dead; its word says what is gone with it. As much is given back, so that the others have something to wait for.</summary>
    public void Lose(int word)
    {
        int owned = Owned(word), inFlight = word >> 16;
        if (inFlight == Releasing)
        {
            owned--;
        }

        _most -= owned;
        _least -= owned + (inFlight != 0 ? 1 : 0);
        int missing = Full - _least;
        if (missing > 0)
        {
            Give(Math.Min(missing, owned + (_least < 1 ? 1 : 0)));
        }
    }

    /// <summary>Nobody owns anything and nobody is in the middle of something.</summary>
    public string? Settle()
    {
        int current = gate.CurrentCount;
        string? wrong = current >= _least && current <= _most
            ? null
            : $"'{name}' holds {current} counts when all are given back, and it must be {_least} to {_most}";
        _least = _most = current;
        if (current < Full)
        {
            Give(Full - current);
        }

        return wrong;
    }

    public void Dispose() => gate.Dispose();

    private void Give(int count)
    {
        if (count > 0)
        {
            _ = gate.Release(count);
            _least += count;
            _most += count;
        }
    }
}
