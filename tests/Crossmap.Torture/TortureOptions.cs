using System.Diagnostics.CodeAnalysis;

namespace Crossmap.Torture;

/// <summary>What the command line asks for.</summary>
internal sealed record TortureOptions(int Seconds, int Seed, int Processes)
{
    public const string Usage = """
        usage: Crossmap.Torture [--seconds N] [--seed S] [--processes P]
          --seconds N    how long (default 20)
          --seed S       of all random choices (default: a random one, printed)
          --processes P  workers at a time, 2 to 64 (default 6)
        Exit code 0: no violation. 1: violations, printed with the seed. 2: bad usage.
        """;

    public const int MaximumProcesses = 64;

    public static bool TryParse(string[] args, [NotNullWhen(true)] out TortureOptions? options)
    {
        options = null;
        int seconds = 20, seed = Random.Shared.Next(), processes = 6;
        for (int i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !int.TryParse(args[i + 1], out int value))
            {
                return false;
            }

            switch (args[i])
            {
                case "--seconds" when value > 0: seconds = value; break;
                case "--seed" when value >= 0: seed = value; break;
                case "--processes" when value is >= 2 and <= MaximumProcesses: processes = value; break;
                default: return false;
            }
        }

        options = new TortureOptions(seconds, seed, processes);
        return true;
    }
}
