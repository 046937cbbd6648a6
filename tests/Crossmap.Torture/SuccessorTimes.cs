using System.Diagnostics;

namespace Crossmap.Torture;

/// <summary>
/// How long it takes from <c>kill -9</c> of a mutex's owner to the return of the wait of him who sleeps for it.
/// </summary>
internal sealed class SuccessorTimes(RunFolder folder, ControlBlock control, ViolationLog violations) : KillTimes(violations)
{
    public const string VictimVerb = "victim", SuccessorVerb = "successor";

    private const string Name = "torture-successor";

    private const int Victim = 0, Successor = 1;

    /// <summary>Owns the mutex and as much memory as it is told to, until it is killed.</summary>
    public static int RunVictim(RunFolder folder, int megabytes)
    {
        ChildProcess.DieWithParent();
        using ControlBlock control = ControlBlock.Open(folder);
        using NamedMutex mutex = NamedMutex.Open(Name);
        Touch(megabytes);
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
            AwaitQuestion(ref slot);
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
            Repeat(
                until,
                got,
                () => (KillOne(successor, size, got, reaped, out long megabytes), megabytes),
                megabytes => $"successor of a killed owner of {megabytes} MB: {got.Count} kills, {Milliseconds(got)} after kill(2); " +
                    $"{got.Count(time => time <= 2)} of them within 2 ms; the dead process is gone {Milliseconds(reaped)} after it");
        }

        successor.Kill();
    }

    private bool KillOne(ChildProcess successor, int megabytes, List<double> got, List<double> reaped, out long residentMegabytes)
    {
        ref SleeperSlot victimSlot = ref control.Sleeper(Victim), slot = ref control.Sleeper(Successor);
        victimSlot = slot = default;
        residentMegabytes = 0;
        ChildProcess victim = ChildProcess.Start(folder, VictimVerb, folder.Path, $"{megabytes}");
        bool sound = Reaches("the victim owns the mutex", () => Volatile.Read(ref control.Sleeper(Victim).Taken) != 0);
        Volatile.Write(ref slot.Asked, 1);
        sound = sound && Reaches("the successor sleeps", () => Sleepers.IsAsleep(successor.Id, Volatile.Read(ref control.Sleeper(Successor).Thread)));
        if (!sound)
        {
            victim.Kill();
            return false;
        }

        residentMegabytes = ResidentMegabytes(victim);
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
            Violations.Add($"the successor of a killed owner was not told that the mutex is abandoned");
        }

        got.Add(Stopwatch.GetElapsedTime(killedAt, slot.At).TotalMilliseconds);
        reaped.Add(Stopwatch.GetElapsedTime(killedAt, goneAt).TotalMilliseconds);
        return true;
    }
}
