using Crossmap.Objects;

namespace Crossmap.Torture;

/// <summary>
/// Processes that are each number 1 in a PID namespace of their own, as in containers, over the same objects: the first to make a mutex owns
/// it, and all others, whose thread has the same number, are refused. Never two owners.
/// </summary>
internal sealed class PidNamespaces(RunFolder folder, ControlBlock control, ViolationLog violations)
{
    public const string Verb = "first-process";

    private const string MutexName = "torture-of-number-one", SemaphoreName = "torture-of-all";

    private const int Participants = 4, Rounds = 3, Owns = 1;

    /// <summary>The answer of who may wait for the mutex, and never should have: sooner or later he would own it beside another.</summary>
    private const int Admitted = -2;

    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(60);

    private int _rounds, _refused;

    public string Summary => Environment.IsPrivilegedProcess
        ? $"PID namespaces: {_rounds} rounds of {Participants} processes that are all number 1, one owner in each, {_refused} refused"
        : "PID namespaces: skipped, only root can make them";

    /// <summary>Tries to own the mutex, and says what came of it; whoever owns it stays its owner until all have answered.</summary>
    public static int Run(RunFolder folder, int index)
    {
        using ControlBlock control = ControlBlock.Open(folder);
        ref SleeperSlot slot = ref control.Sleeper(index);
        slot.Thread = Environment.ProcessId;
        try
        {
            // Counts have no owner: those are shared with whoever can reach them.
            using (NamedSemaphore semaphore = NamedSemaphore.Open(SemaphoreName))
            {
                semaphore.Wait();
            }

            using NamedMutex mutex = NamedMutex.Create(MutexName);
            Answer(control, ref slot, mutex.Wait(TimeSpan.FromMilliseconds(100)) ? Owns : Admitted);
        }
        catch (Exception e)
        {
            Answer(control, ref slot, Errors.CodeOf(e) is var code and not 0 ? code : -1);
        }

        return 0;
    }

    public void RunAll(Func<bool> until)
    {
        for (int round = 0; Environment.IsPrivilegedProcess && round < Rounds && !until() && RunRound(); round++)
        {
            _rounds++;
        }

        Volatile.Write(ref control.Shared.Pause, 0);
    }

    private bool RunRound()
    {
        Volatile.Write(ref control.Shared.Pause, 0);
        using NamedSemaphore semaphore = NamedSemaphore.Create(SemaphoreName, Participants, Participants);
        var processes = new ChildProcess[Participants];
        for (int i = 0; i < Participants; i++)
        {
            control.Sleeper(i) = default;

            // Half of them see only their own namespace in /proc, as in a container; the others see all.
            string[] proc = i % 2 == 0 ? ["--mount-proc"] : [];
            processes[i] = ChildProcess.StartProgram(
                folder, "/usr/bin/unshare", ["--pid", "--fork", "--kill-child", .. proc, ChildProcess.Executable, Verb, folder.Path, $"{i}"]);
        }

        int owners = 0, others = 0;
        for (int i = 0; i < Participants; i++)
        {
            int index = i;
            if (!SpinWait.SpinUntil(() => Volatile.Read(ref control.Sleeper(index).Taken) != 0 || processes[index].HasEnded(), HangLimit) || processes[i].HasEnded())
            {
                violations.Add($"process {i} in a PID namespace of its own gave no answer: {(processes[i].HasEnded() ? processes[i].Ending : "hang")}");
                Array.ForEach(processes, process => process.Kill());
                return false;
            }

            ref SleeperSlot slot = ref control.Sleeper(i);
            if (slot.Thread != 1)
            {
                violations.Add($"process {i} in a PID namespace of its own is number {slot.Thread} there, not 1");
            }

            owners += slot.Taken == Owns ? 1 : 0;
            others += slot.Taken == Win32Error.ERROR_NOT_SUPPORTED ? 1 : 0;
        }

        if (owners != 1 || owners + others != Participants)
        {
            string answers = string.Join(", ", Enumerable.Range(0, Participants).Select(i => control.Sleeper(i).Taken));
            violations.Add($"of {Participants} processes that are all number 1, {owners} own the mutex and {others} were refused (answers: {answers})");
        }

        if (AnswerHere() is not Win32Error.ERROR_NOT_SUPPORTED and var answer)
        {
            violations.Add($"a mutex of another PID namespace was opened here, or failed with {answer}");
        }

        if (semaphore.CurrentCount != 0)
        {
            violations.Add($"{semaphore.CurrentCount} of {Participants} counts were not taken from other PID namespaces");
        }

        _refused += others;
        Volatile.Write(ref control.Shared.Pause, 1);
        Array.ForEach(processes, process => process.Reap());
        return true;
    }

    /// <summary>Gives the answer, and stays until all have given theirs.</summary>
    private static void Answer(ControlBlock control, ref SleeperSlot slot, int answer)
    {
        Volatile.Write(ref slot.Taken, answer);
        while (Volatile.Read(ref control.Shared.Pause) == 0)
        {
            Thread.Sleep(1);
        }
    }

    private static int AnswerHere()
    {
        try
        {
            NamedMutex.Open(MutexName).Dispose();
            return 0;
        }
        catch (Exception e)
        {
            return Errors.CodeOf(e);
        }
    }
}
