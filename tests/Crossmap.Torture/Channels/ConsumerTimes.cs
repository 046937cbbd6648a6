using System.Diagnostics;
using System.Runtime.InteropServices;
using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>
/// How long a consumer that sleeps behind a dead producer's claim, or for what a dead consumer held, waits for the next message: from <c>kill -9</c>, and from when
/// the kernel drops the locks of the dead process, which for one with much memory is long after.
/// </summary>
internal sealed unsafe class ConsumerTimes(RunFolder folder, ControlBlock control, ViolationLog violations) : KillTimes(violations)
{
    public const string VictimVerb = "channel-victim", ConsumerVerb = "channel-consumer", Claims = "claim", Holds = "hold";

    private const string Name = "torture-consumers";

    private const int Victim = 0, Consumer = 1;

    private long _droppedAt;

    /// <summary>Claims a message, or takes one, and keeps it, with as much memory as it is told to, until it is killed.</summary>
    public static int RunVictim(RunFolder folder, string what, int megabytes)
    {
        ChildProcess.DieWithParent();
        using ControlBlock control = ControlBlock.Open(folder);
        using SharedQueue queue = SharedQueue.Open(Name);
        Touch(megabytes);

        // Of the same kind as the lock by which the channel knows that it lives.
        using FileStream locked = OpenLock(folder);
        Lock(locked, mayWait: false);
        if (what == Claims)
        {
            _ = queue.Writer.Claim(sizeof(long));
        }
        else
        {
            _ = queue.Reader.Read();
        }

        Volatile.Write(ref control.Sleeper(Victim).Taken, 1);
        Thread.Sleep(Timeout.Infinite);
        return 1;
    }

    /// <summary>Reads a message each time it is asked to, and notes when it got it.</summary>
    public static int RunConsumer(RunFolder folder)
    {
        ChildProcess.DieWithParent();
        using ControlBlock control = ControlBlock.Open(folder);
        using SharedQueue queue = SharedQueue.Open(Name);
        ref SleeperSlot slot = ref control.Sleeper(Consumer);
        while (true)
        {
            AwaitQuestion(ref slot);
            using Message message = queue.Reader.Read();
            slot.At = Stopwatch.GetTimestamp();
            bool isAgain = message.IsRedelivered;
            message.Dispose();
            Volatile.Write(ref slot.Taken, isAgain ? 2 : 1);
        }
    }

    public void Run(Func<bool> until)
    {
        using SharedQueue queue = SharedQueue.Create(Name);
        control.Sleeper(Consumer) = default;
        ChildProcess consumer = ChildProcess.Start(folder, ConsumerVerb, folder.Path);
        foreach (string what in new[] { Claims, Holds })
        {
            foreach (int size in Sizes)
            {
                List<double> afterKill = [], afterDrop = [];
                Repeat(
                    until,
                    afterKill,
                    () => (KillOne(queue, consumer, what, size, afterKill, afterDrop, out long megabytes), megabytes),
                    megabytes => $"consumer behind a killed process of {megabytes} MB that {(what == Claims ? "had claimed" : "held")} a message: {afterKill.Count} kills; " +
                        $"{Milliseconds(afterDrop)} after the kernel dropped its lock, {afterDrop.Count(time => time <= 2)} of them within 2 ms; {Milliseconds(afterKill)} after kill(2)");
            }
        }

        consumer.Kill();
    }

    private static FileStream OpenLock(RunFolder folder) =>
        new(Path.Combine(folder.Path, "victim-lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    private static void Lock(FileStream file, bool mayWait)
    {
        var range = new Native.FileLock { Type = Native.F_WRLCK };
        if (Native.fcntl((int)file.SafeFileHandle.DangerousGetHandle(), mayWait ? Native.F_OFD_SETLKW : Native.F_OFD_SETLK, &range) != 0)
        {
            throw new InvalidOperationException($"fcntl: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    private bool KillOne(SharedQueue queue, ChildProcess consumer, string what, int megabytes, List<double> afterKill, List<double> afterDrop, out long residentMegabytes)
    {
        ref SleeperSlot slot = ref control.Sleeper(Consumer);
        control.Sleeper(Victim) = slot = default;
        residentMegabytes = 0;
        if (what == Holds)
        {
            queue.Writer.Write(1L);
        }

        ChildProcess victim = ChildProcess.Start(folder, VictimVerb, folder.Path, what, $"{megabytes}");
        bool isSound = Reaches("the victim has its message", () => Volatile.Read(ref control.Sleeper(Victim).Taken) != 0);
        if (what == Claims)
        {
            queue.Writer.Write(2L);
        }

        Volatile.Write(ref slot.Asked, 1);
        isSound = isSound && Reaches("the consumer sleeps", () => Sleepers.IsAsleep(consumer.Id, Volatile.Read(ref control.Sleeper(Consumer).Thread)));
        if (!isSound)
        {
            victim.Kill();
            return false;
        }

        residentMegabytes = ResidentMegabytes(victim);
        int witnessThread = 0;
        var witness = new Thread(() =>
        {
            using FileStream file = OpenLock(folder);
            Volatile.Write(ref witnessThread, Native.gettid());
            Lock(file, mayWait: true);
            _droppedAt = Stopwatch.GetTimestamp();
        });
        witness.Start();
        while (Volatile.Read(ref witnessThread) == 0 || !Sleepers.Sleeps(Environment.ProcessId, Volatile.Read(ref witnessThread)))
        {
            _ = Thread.Yield();
        }

        long killedAt = Stopwatch.GetTimestamp();
        victim.Signal(Native.SIGKILL);
        victim.Reap();
        witness.Join();
        if (!Reaches("the consumer gets the next message: lost wake-up", () => Volatile.Read(ref control.Sleeper(Consumer).Taken) != 0))
        {
            return false;
        }

        if (slot.Taken != (what == Holds ? 2 : 1))
        {
            Violations.Add($"a message {(what == Holds ? "that a dead consumer held is not" : "behind a dead producer's claim is")} marked as delivered again");
        }

        afterKill.Add(Stopwatch.GetElapsedTime(killedAt, slot.At).TotalMilliseconds);
        afterDrop.Add(Math.Max(0, Stopwatch.GetElapsedTime(_droppedAt, slot.At).TotalMilliseconds));
        return true;
    }
}
