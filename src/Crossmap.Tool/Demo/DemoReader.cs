using System.CommandLine;
using System.Runtime.CompilerServices;

namespace Crossmap.Tool.Demo;

/// <summary>
/// The demonstration's witness: a process that knows nothing of mappings, reads two files the plain way, and compares them byte by byte.
/// </summary>
internal static class DemoReader
{
    public const string Verb = "demo-reader";

    private const int BufferSize = 1 << 20;

    public static Command Create()
    {
        var files = new Argument<string[]>("FILES") { Arity = new ArgumentArity(2, 2) };
        var length = new Option<long>("--length") { Required = true };
        var inverted = new Option<bool>("--inverted");
        var reader = new Command(Verb) { files, length, inverted };
        reader.Hidden = true;
        reader.SetAction(parsed => Run(parsed.GetRequiredValue(files), parsed.GetValue(length), parsed.GetValue(inverted)));
        return reader;
    }

    /// <summary>Every bit of every byte turned; twice is nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Invert(Span<byte> bytes)
    {
        Span<ulong> words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ref ulong word in words)
        {
            word = ~word;
        }

        foreach (ref byte value in bytes[(words.Length * sizeof(ulong))..])
        {
            value = (byte)~value;
        }
    }

    private static int Run(string[] files, long length, bool inverted)
    {
        DemoProcess.BecomeChild();
        using var copy = new FileStream(files[0], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        using var original = new FileStream(files[1], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (copy.Length != length)
        {
            return ExitCode.Error;
        }

        byte[] ours = new byte[BufferSize];
        byte[] theirs = new byte[BufferSize];
        for (long done = 0; done < length;)
        {
            int wanted = (int)Math.Min(BufferSize, length - done);
            int count = copy.ReadAtLeast(ours.AsSpan(0, wanted), wanted, throwOnEndOfStream: false);
            int expected = original.ReadAtLeast(theirs.AsSpan(0, wanted), wanted, throwOnEndOfStream: false);
            if (inverted)
            {
                Invert(theirs.AsSpan(0, expected));
            }

            if (count != wanted || !ours.AsSpan(0, count).SequenceEqual(theirs.AsSpan(0, expected)))
            {
                return ExitCode.Error;
            }

            done += count;
        }

        return ExitCode.Success;
    }
}
