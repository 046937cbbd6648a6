using System.Diagnostics.CodeAnalysis;

namespace Crossmap.Torture;

/// <summary>What the command line asks for.</summary>
internal sealed record TortureOptions(int Seconds, int Seed, int Processes, int MostViolations, string Kills)
{
    public const string Usage = """
        usage: Crossmap.Torture [--seconds N] [--seed S] [--processes P] [--stop-at V] [--kills WHICH]
          --seconds N    how long (default 20)
          --seed S       of all random choices (default: a random one, printed)
          --processes P  workers at a time, 2 to 64 (default 6)
          --stop-at V    violations after which to stop (default 20)
          --kills WHICH  only these (default all): syscalls, wakes, sync (owners and waiters), views (the
                         same with objects in a view), locks (reader-writer locks and conditions), channels (all of queues, broadcasts, values,
                         requests), random; or the name of one script, as a violation gives it; namespaces (part of all, needs root);
                         successors, consumers (times, not part of all)
        Exit code 0: no violation. 1: violations, printed with the seed. 2: bad usage. 128 and the signal's number: interrupted, and none so far.
        """;

    public const int MaximumProcesses = 64;

    /// <summary>The one script to kill in, or null for all.</summary>
    public string? Script => SyscallScript.All.Select(script => script.ToString()).FirstOrDefault(name => name == Kills);

    public static bool TryParse(string[] args, [NotNullWhen(true)] out TortureOptions? options)
    {
        options = null;
        int seconds = 20, seed = Random.Shared.Next(), processes = 6, mostViolations = 20;
        string kills = "all";
        for (int i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                return false;
            }

            if (args[i] == "--kills")
            {
                kills = args[i + 1];
                continue;
            }

            if (!int.TryParse(args[i + 1], out int value))
            {
                return false;
            }

            switch (args[i])
            {
                case "--seconds" when value > 0: seconds = value; break;
                case "--seed" when value >= 0: seed = value; break;
                case "--processes" when value is >= 2 and <= MaximumProcesses: processes = value; break;
                case "--stop-at" when value > 0: mostViolations = value; break;
                default: return false;
            }
        }

        options = new TortureOptions(seconds, seed, processes, mostViolations, kills);
        return kills is "all" or "syscalls" or "wakes" or "namespaces" or "sync" or "views" or "locks" or "random" or "successors" or "channels" or "queues" or "broadcasts" or "values" or "requests" or "consumers" || options.Script is not null;
    }
}
