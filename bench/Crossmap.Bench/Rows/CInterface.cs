using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Crossmap.Bench.Rows;

/// <summary>What a C program pays for the calls of crossmap.h (<c>bench/c/win32.c</c>), against raw calls in the same program.</summary>
internal class CInterface : Row
{
    private const string Library = "libcrossmap.so";

    private static readonly string s_root = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    private static readonly string s_folder = Path.Combine(s_root, "src/Crossmap.Native/bin/Release/net10.0/linux-x64/publish");

    private static string? s_compiled;

    private readonly string _what, _deed, _against;
    private readonly int _count, _theirs;

    private CInterface(BenchContext context, string what, string deed, string against, Bar bar, int count, int theirs)
    {
        _what = what;
        _deed = deed;
        _against = against;
        _count = context.Options.Times(count);
        _theirs = context.Options.Times(theirs);
        Bar = bar;
        string program = Compile(context.Ground.Scratch);
        Ours = Peer.StartProgram(context, program);
    }

    public override string What => _what;

    public override Bar Bar { get; }

    private Peer Ours { get; }

    /// <summary>Whether its rows can run.</summary>
    public static bool IsBuilt { get; } = File.Exists(Path.Combine(s_folder, Library));

    public static CInterface Semaphore(BenchContext context) => new(
        context, "ReleaseSemaphore and WaitForSingleObject in C, against sem_post and sem_wait", "semaphore", "raw-semaphore", new Bar(3), 50_000, 50_000);

    public static CInterface View(BenchContext context) => new(
        context, "MapViewOfFile and UnmapViewOfFile of 64 KiB in C, against mmap and munmap", "view", "raw-view", new Bar(1.3), 500, 500);

    public override double Subject() => Time(Ours, _deed, _count);

    public override double Baseline() => Time(Ours, _against, _theirs);

    public override void Dispose()
    {
        Ours.Dispose();
    }

    private static double Time(Peer peer, string deed, int count)
    {
        peer.Send($"{deed} {count.ToString(CultureInfo.InvariantCulture)}");
        return Nanoseconds(peer);
    }

    private static double Nanoseconds(Peer peer)
    {
        string answer = peer.Receive();
        return double.TryParse(answer, CultureInfo.InvariantCulture, out double took) && took >= 0 ? took
            : throw new InvalidOperationException($"The C program says: {answer}");
    }

    /// <summary>The same program as a Windows executable under Wine.</summary>
    public sealed class AgainstWine : CInterface
    {
        private readonly Peer _wine;

        private AgainstWine(BenchContext context, string what, string deed, int count, int theirs)
            : base(context, $"{what} in C, against the same program under Wine; how many times faster", deed, deed, new Bar(1, AtLeast: true), count, theirs)
        {
            _wine = Peer.StartUnderWine(context, context.Options.WindowsC!);
        }

        public static AgainstWine Object(BenchContext context) => new(
            context, "create by name, map, touch, unmap and close 64 KiB", "object", 200, 50);

        public static AgainstWine Mutex(BenchContext context) => new(
            context, "WaitForSingleObject and ReleaseMutex, uncontended,", "mutex", 50_000, 500);

        public override double Baseline() => Time(_wine, _deed, _theirs);

        public override void Dispose()
        {
                _wine.Dispose();
            base.Dispose();
        }
    }

    /// <summary>bench/c/win32.c for this system.</summary>
    private static string Compile(string scratch)
    {
        if (s_compiled is null)
        {
            string program = Path.Combine(scratch, "win32");
            using Process gcc = Process.Start("gcc", ["-O2", "-Wall", "-Werror", "-D_GNU_SOURCE", "-pthread", "-I", Path.Combine(s_root, "include"),
                Path.Combine(s_root, "bench/c/win32.c"), "-o", program, Path.Combine(s_folder, Library), $"-Wl,-rpath,{s_folder}"]);
            gcc.WaitForExit();
            s_compiled = gcc.ExitCode == 0 ? program : throw new InvalidOperationException("bench/c/win32.c does not compile.");
        }

        return s_compiled;
    }
}
