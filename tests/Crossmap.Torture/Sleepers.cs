namespace Crossmap.Torture;

/// <summary>A process full of threads, each asleep on a semaphore of its own: one kill is many kills of somebody just woken.</summary>
internal static class Sleepers
{
    public const string Verb = "sleepers";

    public const int Count = 64;

    /// <summary>How the library sleeps on one word: FUTEX_WAIT_BITSET, between processes. The runtime sleeps on private ones.</summary>
    public const int WaitOperation = 9;

    private const string WaitOperationText = "0x9", Futex = "202", FutexOfSeveral = "449";

    private const int StackBytes = 128 * 1024;

    public static string NameOf(int index) => $"torture-wake-{index}";

    public static int Run(RunFolder folder)
    {
        ChildProcess.DieWithParent();
        ControlBlock control = ControlBlock.Open(folder);
        for (int i = 0; i < Count; i++)
        {
            int index = i;
            NamedSemaphore semaphore = NamedSemaphore.Open(NameOf(index));
            new Thread(() => Wait(control, index, semaphore), StackBytes).Start();
        }

        Thread.Sleep(Timeout.Infinite);
        return 1;
    }

    /// <summary>Whether the thread sleeps for an object: it is in the queue then.</summary>
    public static bool IsAsleep(int process, int thread)
    {
        try
        {
            // The number of the call and its arguments.
            return thread != 0 && File.ReadAllText($"/proc/{process}/task/{thread}/syscall").Split(' ') is
                [FutexOfSeveral, ..] or [Futex, _, WaitOperationText, ..];
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Waits until the thread sleeps in whatever call it is in. False: it ended or was stopped instead.</summary>
    public static bool Sleeps(int process, int thread)
    {
        while (true)
        {
            string status;
            try
            {
                status = File.ReadAllText($"/proc/{process}/task/{thread}/stat");
            }
            catch (IOException)
            {
                return false;
            }

            // The state follows the name, which may contain anything but ends with the last parenthesis.
            switch (status[status.LastIndexOf(')') + 2])
            {
                case 'S': return true;
                case 'R': _ = Thread.Yield(); break;
                default: return false;
            }
        }
    }

    private static void Wait(ControlBlock control, int index, NamedSemaphore semaphore)
    {
        ref SleeperSlot slot = ref control.Sleeper(index);
        Volatile.Write(ref slot.Thread, Native.gettid());
        semaphore.Wait();
        Volatile.Write(ref slot.Taken, 1);
        Thread.Sleep(Timeout.Infinite);
    }
}
