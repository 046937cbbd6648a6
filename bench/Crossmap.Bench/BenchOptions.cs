using System.Diagnostics.CodeAnalysis;

namespace Crossmap.Bench;

/// <summary>How thoroughly to measure.</summary>
internal enum Effort
{
    /// <summary>Once, briefly: shows that a row works, and says nothing about speed.</summary>
    Check,
    Quick,
    Full,
}

/// <summary>The command line.</summary>
/// <param name="Effort">How thoroughly.</param>
/// <param name="Filter">Which rows; null for all.</param>
/// <param name="Json">Where to; null for nowhere.</param>
/// <param name="Windows">This program as a Windows executable, for the rows against Wine's kernel objects; null for none of them.</param>
/// <param name="WindowsC">The C interface's program as one, for its rows against Wine; null for none of them.</param>
internal sealed record BenchOptions(Effort Effort, string? Filter, string? Json, string? Windows, string? WindowsC)
{
    public const string Usage = """
        usage: Crossmap.Bench [--filter NAME] [--quick | --check] [--json FILE|-] [--wine EXE] [--wine-c EXE]
          --filter NAME  only the rows whose names contain NAME
          --quick        fewer rounds
          --check        each row once, briefly: does it work?
          --json FILE|-  every ratio of every round too, to a file or to standard output
          --wine EXE     also against Wine's kernel objects: EXE is this program published for win-x64 (bench/against-wine.sh does both)
          --wine-c EXE   also C programs against Wine: EXE is bench/c/win32.c built for Windows (the same script does that too)
        """;

    public bool JsonToOutput => Json == "-";

    public static bool TryParse(string[] args, [NotNullWhen(true)] out BenchOptions? options)
    {
        options = new BenchOptions(Effort.Full, Filter: null, Json: null, Windows: null, WindowsC: null);
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick":
                    options = options with { Effort = Effort.Quick };
                    break;
                case "--check":
                    options = options with { Effort = Effort.Check };
                    break;
                case "--filter" when i + 1 < args.Length:
                    options = options with { Filter = args[++i] };
                    break;
                case "--json" when i + 1 < args.Length:
                    options = options with { Json = args[++i] };
                    break;
                case "--wine" when i + 1 < args.Length:
                    options = options with { Windows = args[++i] };
                    break;
                case "--wine-c" when i + 1 < args.Length:
                    options = options with { WindowsC = args[++i] };
                    break;
                default:
                    options = null;
                    return false;
            }
        }

        return true;
    }

    public bool Selects(string row) => Filter is null || row.Contains(Filter, StringComparison.Ordinal);

    /// <summary>How often to repeat something that is normally repeated so many times.</summary>
    public int Times(int normally) => Effort == Effort.Check ? Math.Max(1, normally / 20) : normally;
}

/// <summary>What the rows measure with.</summary>
internal sealed record BenchContext(BenchOptions Options, Ground Ground, string Library);
