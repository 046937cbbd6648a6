using Crossmap.Torture.Channels;

namespace Crossmap.Torture;

/// <summary>
/// Kills processes that use named objects, and checks that the survivors, and those who come after, never notice.
/// The same executable is the controller, its workers, the scripted process of <see cref="SyscallKills"/>, the <see cref="Sleepers"/>, and whoever else is needed.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        switch (args)
        {
            case [Worker.Verb, string folder, string index, string seed]:
                return Worker.Run(RunFolder.Open(folder), int.Parse(index), int.Parse(seed));
            case [SyscallScript.Verb, string folder, string index, string script]:
                return SyscallScript.Run(RunFolder.Open(folder), int.Parse(index), SyscallScript.Parse(script));
            case [SyncWorker.Verb or SyncWorker.ViewVerb or SyncWorker.LockVerb, string folder, string index, string seed]:
                return SyncWorker.Run(RunFolder.Open(folder), args[0], int.Parse(index), int.Parse(seed));
            case [string verb, string folder, string index, string seed] when verb.StartsWith(WorkerOfChannels.Verb, StringComparison.Ordinal):
                return WorkerOfChannels.Run(RunFolder.Open(folder), verb, int.Parse(index), int.Parse(seed));
            case [Sleepers.Verb, string folder]:
                return Sleepers.Run(RunFolder.Open(folder));
            case [SuccessorTimes.VictimVerb, string folder, string megabytes]:
                return SuccessorTimes.RunVictim(RunFolder.Open(folder), int.Parse(megabytes));
            case [SuccessorTimes.SuccessorVerb, string folder]:
                return SuccessorTimes.RunSuccessor(RunFolder.Open(folder));
            case [ConsumerTimes.VictimVerb, string folder, string what, string megabytes]:
                return ConsumerTimes.RunVictim(RunFolder.Open(folder), what, int.Parse(megabytes));
            case [ConsumerTimes.ConsumerVerb, string folder]:
                return ConsumerTimes.RunConsumer(RunFolder.Open(folder));
            case [PidNamespaces.Verb, string folder, string index]:
                return PidNamespaces.Run(RunFolder.Open(folder), int.Parse(index));
        }

        if (!TortureOptions.TryParse(args, out TortureOptions? options))
        {
            Console.Error.WriteLine(TortureOptions.Usage);
            return 2;
        }

        if (OperatingSystem.IsWindows())
        {
            Console.Error.WriteLine("Torture kills Linux processes; on Windows the kernel keeps the objects.");
            return 2;
        }

        using var interruption = new Interruption();
        RunFolder created = RunFolder.Create();
        try
        {
            using var run = new TortureRun(options, created, interruption);
            return run.Run();
        }
        finally
        {
            created.Remove();
        }
    }
}
