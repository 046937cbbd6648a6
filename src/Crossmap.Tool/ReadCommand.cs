using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap read NAME [--offset N] [--length N] [--hex]</c></summary>
internal static class ReadCommand
{
    /// <summary>Bytes in one write: enough that the calls do not count.</summary>
    private const int ChunkSize = 1 << 20;

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The name of a mapping." };
        Option<long?> offset = ByteCount.Option("--offset", "Where to begin; the start if not given.");
        Option<long?> length = ByteCount.Option("--length", "How much; all to the end if not given.");
        var hex = new Option<bool>("--hex") { Description = "A hex dump. Always one when standard output is a terminal." };
        var read = new Command("read", "Writes a mapping's bytes to standard output.") { name, offset, length, hex };
        read.SetAction(parsed => Run(
            parsed.GetRequiredValue(name), parsed.GetValue(offset) ?? 0, parsed.GetValue(length), parsed.GetValue(hex) || !Console.IsOutputRedirected));
        return read;
    }

    private static int Run(string name, long offset, long? wanted, bool hex)
    {
        using FileMapping mapping = FileMapping.Open(name, MappingRights.MapRead);
        long length = ByteCount.LengthWithin(mapping.Size, offset, wanted);
        if (length == 0)
        {
            return ExitCode.Success;
        }

        using MappedView view = mapping.MapView(ViewAccess.Read, offset, length);
        if (hex)
        {
            HexDump.Write(view);
            return ExitCode.Success;
        }

        for (long at = 0; at < length; at += ChunkSize)
        {
            StandardOutput.Write(view.AsSpan(at, (int)Math.Min(ChunkSize, length - at)));
        }

        return ExitCode.Success;
    }
}
