using System.CommandLine;
using Microsoft.Win32.SafeHandles;

namespace Crossmap.Tool;

/// <summary><c>crossmap write NAME [--offset N]</c>: all of standard input or nothing.</summary>
internal static class WriteCommand
{
    /// <summary>Bytes that are read or copied at once, and the least that memory is provided in.</summary>
    private const int ChunkSize = 1 << 20;

    /// <summary>Bytes: as much memory may be provided and stay unused.</summary>
    private const int LargestStep = 64 << 20;

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The name of a mapping." };
        Option<long?> offset = ByteCount.Option("--offset", "Where to begin; the start if not given.");
        var write = new Command("write", "Writes standard input into a mapping. What does not fit is an error, and then nothing is written.") { name, offset };
        write.SetAction(parsed => Run(parsed.GetRequiredValue(name), parsed.GetValue(offset) ?? 0));
        return write;
    }

    private static int Run(string name, long offset)
    {
        // Asked before it is opened for writing, so that the reason is told and not only that it cannot be.
        if (NamedObjects.Find(name) is { Kind: NamedObjectKind.Mapping, Protection: not (PageProtection.ReadWrite or PageProtection.ExecuteReadWrite) } found)
        {
            throw new UnauthorizedAccessException($"'{name}' was shared {Words.Of(found.Protection)}; nobody may write to it.");
        }

        using FileMapping mapping = FileMapping.Open(name, MappingRights.MapRead | MappingRights.MapWrite);
        long room = ByteCount.LengthWithin(mapping.Size, offset, null);
        using MappedView? view = room == 0 ? null : mapping.MapView(ViewAccess.ReadWrite, offset, room);
        using Stream input = Console.OpenStandardInput();
        long written = LengthOfFile() is { } length ? FromFile(input, view, room, length) : FromPipe(input, view, room);
        Console.Out.WriteLine($"wrote {written} bytes to {Printable.Name(name)} at {offset}");
        return ExitCode.Success;
    }

    /// <summary>A file tells its length, so whether it fits is known before a byte is touched. What it grows by meanwhile is not taken.</summary>
    private static long FromFile(Stream input, MappedView? view, long room, long length)
    {
        if (length > room)
        {
            throw TooMuch(room);
        }

        long done = 0;
        while (done < length && input.Read(view!.AsSpan(done, (int)Math.Min(ChunkSize, length - done))) is > 0 and var count)
        {
            done += count;
        }

        return done;
    }

    /// <summary>
    /// A pipe tells its length only by ending: everything is taken in first, up to what fits and one byte more. Only when it has ended is
    /// the mapping touched, and from then on nothing is left that could fail half-way: the bytes are in memory. A temporary file would have
    /// to be read back, from a disk that can fail. The memory is a section's because that is refused in time when there is too little
    /// (1455), where memory of the runtime would be promised and then be taken back by the OOM killer.
    /// </summary>
    private static long FromPipe(Stream input, MappedView? view, long room)
    {
        using FileMapping intake = FileMapping.CreateInMemory(room + 1, options: new FileMappingOptions { Section = SectionOptions.Reserve });
        using MappedView taken = intake.MapView(ViewAccess.ReadWrite, 0, room + 1);
        long length = 0;
        long provided = 0;
        while (length <= room)
        {
            if (provided == length)
            {
                provided += Provide(taken, provided);
            }

            int count = input.Read(taken.AsSpan(length, (int)(provided - length)));
            if (count == 0)
            {
                break;
            }

            length += count;
        }

        if (length > room)
        {
            throw TooMuch(room);
        }

        for (long done = 0; done < length; done += ChunkSize)
        {
            int count = (int)Math.Min(ChunkSize, length - done);
            taken.AsSpan(done, count).CopyTo(view!.AsSpan(done, count));
        }

        return length;
    }

    /// <summary>Provides as much again as there is, within bounds: the first bytes cost little, and the many are asked for in few steps.</summary>
    /// <returns>How many bytes more there are.</returns>
    private static long Provide(MappedView taken, long provided)
    {
        long more = Math.Min(Math.Clamp(provided, ChunkSize, LargestStep), taken.Length - provided);
        try
        {
            taken.Commit(provided, more);
        }
        catch (PlatformNotSupportedException)
        {
            // Linux before 5.14, where reading into the memory provides it, and too little of it is not told in time.
        }

        return more;
    }

    /// <summary>What is left of the file that standard input is; null for a pipe, a terminal or a device.</summary>
    private static long? LengthOfFile()
    {
        if (OperatingSystem.IsWindows() || !Console.IsInputRedirected)
        {
            return null;
        }

        // Only asked: reading through it would use offsets of its own and leave the shell's behind.
        using var file = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        return file.CanSeek && file.Length > 0 ? Math.Max(0, file.Length - file.Position) : null;
    }

    private static IOException TooMuch(long room) =>
        new($"Standard input has more than the {room} bytes that fit from this offset. Nothing was written.");
}
