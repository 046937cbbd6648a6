using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>
/// How long it takes from <c>kill -9</c> of a mutex's owner to the return of the wait of him who sleeps for it, for owners with little and
/// with much memory. Figures, not limits: a busy machine adds whatever it likes.
/// </summary>
internal sealed class SuccessorTimes(RunFolder folder, ControlBlock control, ViolationLog violations)
{
    public const string VictimVerb = "victim", SuccessorVerb = "successor";

    private const string Name = "torture-successor";

    private const int Victim = 0, Successor = 1, KillsEach = 50;

    /// <summary>This only tells a hang from a busy machine.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(30);

    /// <summary>Megabytes that the victim touches, besides what any process has.</summary>
    private static readonly int[] Sizes = [0, 50, 500];

    private readonly List<string> _lines = [];

    public int Kills { get; private set; }

    public string Summary => string.Join(Environment.NewLine, _lines);

    /// <summary>Owns the mutex and as much memory as it is told to, until it is killed.</summary>
    public static unsafe int RunVictim(RunFolder folder, int megabytes)
    {
        ChildProcess.DieWithParent();
        using ControlBlock control = ControlBlock.Open(folder);
        using NamedMutex mutex = NamedMutex.Open(Name);
        nuint bytes = (nuint)megabytes << 20;
        byte* memory = (byte*)NativeMemory.Alloc(bytes + 1);
        for (nuint at = 0; at < bytes; at += 4096)
        {
            memory[at] = 1;
        }

        mutex.Wait();
        Volatile.Write(ref control.Sleeper(Victim).Taken, 1);
        Thread.Sleep(Timeout.Infinite);
        return 1;
    }

    /// <summary>Waits for the mutex each time it is asked to, and notes when it got it.</summary>
    public static int RunSuccessor(RunFolder folder)
    {
        ChildProcess.DieWithParent();
        using ControlBlock control = ControlBlock.Open(folder);
        using NamedMutex mutex = NamedMutex.Open(Name);
        ref SleeperSlot slot = ref control.Sleeper(Successor);
        while (true)
        {
            while (Volatile.Read(ref slot.Asked) == 0)
            {
                Thread.Sleep(1);
            }

            slot.Asked = 0;
            Volatile.Write(ref slot.Thread, Native.gettid());
            int taken = 1;
            try
            {
                mutex.Wait();
                slot.At = Stopwatch.GetTimestamp();
            }
            catch (AbandonedMutexException)
            {
                slot.At = Stopwatch.GetTimestamp();
                taken = 2;
            }

            mutex.Release();
            Volatile.Write(ref slot.Taken, taken);
        }
    }

    public void Run(Func<bool> until)
    {
        using NamedMutex mutex = NamedMutex.Create(Name);
        control.Sleeper(Successor) = default;
        ChildProcess successor = ChildProcess.Start(folder, SuccessorVerb, folder.Path);
        foreach (int size in Sizes)
        {
            var got = new List<double>();
            var reaped = new List<double>();
            long residentPages = 0;
            while (got.Count < KillsEach && !until() && KillOne(successor, size, got, reaped, out residentPages))
            {
                Kills++;
            }

            if (got.Count > 0)
            {
                _lines.Add(
                    $"successor of a killed owner of {residentPages * Environment.SystemPageSize >> 20} MB: {got.Count} kills, {Milliseconds(got)} after kill(2); " +
                    $"{got.Count(time => time <= 2)} of them within 2 ms; the dead process is gone {Milliseconds(reaped)} after it");
            }
        }

        successor.Kill();
    }

    private static string Milliseconds(List<double> times)
    {
        times.Sort();
        return $"median {times[times.Count / 2]:F3} ms, most {times[^1]:F3} ms";
    }

    private bool KillOne(ChildProcess successor, int megabytes, List<double> got, List<double> reaped, out long residentPages)
    {
        ref SleeperSlot victimSlot = ref control.Sleeper(Victim), slot = ref control.Sleeper(Successor);
        victimSlot = slot = default;
        residentPages = 0;
        ChildProcess victim = ChildProcess.Start(folder, VictimVerb, folder.Path, $"{megabytes}");
        bool sound = Reaches("the victim owns the mutex", () => Volatile.Read(ref control.Sleeper(Victim).Taken) != 0);
        Volatile.Write(ref slot.Asked, 1);
        sound = sound && Reaches("the successor sleeps", () => Sleepers.IsAsleep(successor.Id, Volatile.Read(ref control.Sleeper(Successor).Thread)));
        if (!sound)
        {
            victim.Kill();
            return false;
        }

        residentPages = long.Parse(File.ReadAllText($"/proc/{victim.Id}/statm").Split(' ')[1]);
        long killedAt = Stopwatch.GetTimestamp();
        victim.Signal(Native.SIGKILL);
        victim.Reap();
        long goneAt = Stopwatch.GetTimestamp();
        if (!Reaches("the successor gets the mutex: lost wake-up", () => Volatile.Read(ref control.Sleeper(Successor).Taken) != 0))
        {
            return false;
        }

        if (slot.Taken != 2)
        {
            violations.Add($"the successor of a killed owner was not told that the mutex is abandoned");
        }

        got.Add(Stopwatch.GetElapsedTime(killedAt, slot.At).TotalMilliseconds);
        reaped.Add(Stopwatch.GetElapsedTime(killedAt, goneAt).TotalMilliseconds);
        return true;
    }

    private bool Reaches(string what, Func<bool> there)
    {
        if (SpinWait.SpinUntil(there, HangLimit))
        {
            return true;
        }

        violations.Add($"it did not come to pass that {what}");
        return false;
    }
}
