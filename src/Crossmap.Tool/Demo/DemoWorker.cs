using System.CommandLine;
using System.Diagnostics;

namespace Crossmap.Tool.Demo;

/// <summary>
/// One of the demonstration's two workers: opens the file, the result and the semaphore by their names alone, then takes turns. In its
/// turn it adds what it found in its last chunk to the common result and takes the next; between turns it looks through its chunk, while
/// the other does the same with another.
/// </summary>
internal static class DemoWorker
{
    public const string Verb = "demo-worker";

    /// <summary>Where the first worker's view goes, and how far from it the second's: far from where a system puts things by itself.</summary>
    private const long FirstAddress = 0x1000_0000_0000, BetweenWorkers = 0x1000_0000_0000;

    /// <summary>Tries, this many bytes apart, where something lies there already.</summary>
    private const int Tries = 8;

    private const long BetweenTries = 1L << 40;

    public static Command Create()
    {
        var names = new Argument<string[]>("NAMES") { Arity = new ArgumentArity(3, 3) };
        var number = new Option<int>("--number") { Required = true };
        var worker = new Command(Verb) { names, number };
        worker.Hidden = true;
        worker.SetAction(parsed => Run(parsed.GetRequiredValue(names), parsed.GetValue(number)));
        return worker;
    }

    private static int Run(string[] names, int number)
    {
        DemoProcess.BecomeChild();
        using FileMapping file = FileMapping.Open(names[0], MappingRights.MapRead);
        using MappedView bytes = MapApart(file, number);
        using FileMapping result = FileMapping.Open(names[1]);
        using MappedView resultView = result.MapView();
        using NamedSemaphore turn = NamedSemaphore.Open(names[2]);

        ref SharedResult shared = ref resultView.At<SharedResult>(0);
        ref SharedResult.WorkerShare mine = ref number == 1 ? ref shared.First : ref shared.Second;
        mine.Address = bytes.Address;

        // What comes first is compiled before the work, not in it.
        _ = ByteSummary.Of(bytes.AsSpan(0, 1), 0);
        Console.Out.WriteLine("ready");

        var chunks = new Chunks(file.Size);
        ByteSummary found = default;
        while (true)
        {
            turn.Wait();
            if (found.Length > 0)
            {
                shared.Summary.Add(in found);
                mine.Chunks++;
                shared.LastChange = Stopwatch.GetTimestamp();
            }

            mine.Turns++;
            long chunk = shared.NextChunk;
            if (chunk < chunks.Count)
            {
                shared.NextChunk = chunk + 1;
            }

            turn.Release();
            if (chunk >= chunks.Count)
            {
                return ExitCode.Success;
            }

            long offset = chunks.OffsetOf(chunk);
            found = ByteSummary.Of(bytes.AsSpan(offset, chunks.LengthOf(chunk)), offset);
        }
    }

    /// <summary>Each worker at an address of its own, on purpose: the bytes are the same, the pointers are not.</summary>
    private static MappedView MapApart(FileMapping file, int number)
    {
        for (int i = 0; i < Tries; i++)
        {
            try
            {
                long address = FirstAddress + ((number - 1) * BetweenWorkers) + (i * BetweenTries);
                return file.MapView(ViewAccess.Read, address: (nint)address);
            }
            catch (IOException) when (i < Tries - 1)
            {
                // Occupied in this process: the next.
            }
        }

        throw new UnreachableException();
    }
}
