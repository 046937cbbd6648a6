using System.Globalization;

namespace Crossmap.Bench.Rows;

/// <summary>What a C program pays for the calls of crossmap.h (<c>bench/c/win32.c</c>), against raw calls in the same program.</summary>
internal class CInterface : Row
{
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
        Ours = Peer.StartProgram(context, CProgram.Compile(context.Ground.Scratch, "win32"));
    }

    public override string What => _what;

    public override Bar Bar { get; }

    private Peer Ours { get; }

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

        /// <summary>Each program starts its other process itself: two that the bench starts under Wine have a server each, and never meet.</summary>
        public static AgainstWine HandOff(BenchContext context) => new(
            context, "there and back between two processes by two named semaphores", "hand-off", 2_000, 50);

        public static AgainstWine Mutex(BenchContext context) => new(
            context, "WaitForSingleObject and ReleaseMutex, uncontended,", "mutex", 50_000, 500);

        public override double Baseline() => Time(_wine, _deed, _theirs);

        public override void Dispose()
        {
            _wine.Dispose();
            base.Dispose();
        }
    }
}
