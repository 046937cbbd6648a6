using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>
/// How long after <c>kill -9</c> of a victim, with little or with much memory, somebody else who sleeps goes on. Figures, not limits: a busy machine
/// adds whatever it likes.
/// </summary>
internal abstract class KillTimes(ViolationLog violations)
{
    protected const int KillsEach = 50;

    /// <summary>This only tells a hang from a busy machine.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(10);

    private readonly List<string> _lines = [];

    public int Kills { get; private set; }

    public string Summary => string.Join(Environment.NewLine, _lines);

    /// <summary>Megabytes that a victim touches, besides what any process has.</summary>
    protected static IReadOnlyList<int> Sizes { get; } = [0, 50, 500];

    protected ViolationLog Violations => violations;

    /// <summary>The victim has so much more memory from now on, which the kernel takes back before it is gone.</summary>
    protected static unsafe void Touch(int megabytes)
    {
        nuint bytes = (nuint)megabytes << 20;
        byte* memory = (byte*)NativeMemory.Alloc(bytes + 1);
        for (nuint at = 0; at < bytes; at += 4096)
        {
            memory[at] = 1;
        }
    }

    /// <summary>For who sleeps each time that he is asked to; says which of his threads does.</summary>
    protected static void AwaitQuestion(ref SleeperSlot slot)
    {
        while (Volatile.Read(ref slot.Asked) == 0)
        {
            Thread.Sleep(1);
        }

        slot.Asked = 0;
        Volatile.Write(ref slot.Thread, Native.gettid());
    }

    protected static long ResidentMegabytes(ChildProcess process) =>
        long.Parse(File.ReadAllText($"/proc/{process.Id}/statm").Split(' ')[1]) * Environment.SystemPageSize >> 20;

    /// <summary>Sorts them.</summary>
    protected static string Milliseconds(List<double> times)
    {
        times.Sort();
        return $"median {times[times.Count / 2]:F3} ms, most {times[^1]:F3} ms";
    }

    /// <summary>Kills until there are enough figures, or something is wrong.</summary>
    /// <param name="until">It is time to end.</param>
    /// <param name="figures">So far.</param>
    /// <param name="kill">One kill, which adds a figure to the list; false when something is wrong. Says how many megabytes the victim had.</param>
    /// <param name="tell">What the figures are, given the megabytes.</param>
    protected void Repeat(Func<bool> until, List<double> figures, Func<(bool IsSound, long Megabytes)> kill, Func<long, string> tell)
    {
        long megabytes = 0;
        while (figures.Count < KillsEach && !until())
        {
            (bool isSound, megabytes) = kill();
            if (!isSound)
            {
                break;
            }

            Kills++;
        }

        if (figures.Count > 0)
        {
            _lines.Add(tell(megabytes));
        }
    }

    protected bool Reaches(string what, Func<bool> there)
    {
        if (SpinWait.SpinUntil(there, HangLimit))
        {
            return true;
        }

        violations.Add($"it did not come to pass that {what}");
        return false;
    }
}
