using System.Diagnostics;
using System.Globalization;

namespace Crossmap.Bench.Rows;

/// <summary>
/// Against the kernel objects of Wine, which a server process keeps: what a Windows program that was not ported pays for the same on this
/// machine. A Windows executable of this program measures them, through .NET's own wait handles.
/// </summary>
internal abstract class KernelObjects : Row
{
    private const string MutexRole = "mutex", SemaphoreRole = "semaphore", EventRole = "event";

    private readonly Peer _wine;
    private readonly int _ours, _theirs;
    private readonly string _what;

    private KernelObjects(BenchContext context, string role, string what)
    {
        _what = what;
        _wine = Peer.StartUnderWine(context, context.Options.Windows!, Peer.WindowsVerb, role);
        _ours = context.Options.Times(50_000);
        _theirs = context.Options.Times(500);
    }

    public sealed override string What => $"uncontended {_what} of Windows' kernel object under Wine; how many times faster";

    public sealed override Bar Bar => new(1, AtLeast: true);

    public sealed override double Subject() => Time(_ours, Once);

    public sealed override double Baseline()
    {
        _wine.Send(_theirs.ToString(CultureInfo.InvariantCulture));
        return double.Parse(_wine.Receive(), CultureInfo.InvariantCulture);
    }

    public override void Dispose() => _wine.Dispose();

    /// <summary>What the Windows executable answers with: nanoseconds for each of so many times.</summary>
    public static Func<string[], string> Serve(string role)
    {
        Action once;
        switch (role)
        {
            case MutexRole:
                var mutex = new Mutex(initiallyOwned: false, "bench-mutex");
                once = () =>
                {
                    _ = mutex.WaitOne();
                    mutex.ReleaseMutex();
                };
                break;
            case SemaphoreRole:
                var semaphore = new Semaphore(1, int.MaxValue);
                once = () =>
                {
                    _ = semaphore.Release();
                    _ = semaphore.WaitOne();
                };
                break;
            default:
                var gate = new EventWaitHandle(initialState: false, EventResetMode.AutoReset);
                once = () =>
                {
                    _ = gate.Set();
                    _ = gate.WaitOne();
                };
                break;
        }

        return command => Time(Peer.Number(command[0]), once).ToString(CultureInfo.InvariantCulture);
    }

    protected abstract void Once();

    private static double Time(int count, Action once)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            once();
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
    }

    public sealed class Mutexes(BenchContext context) : KernelObjects(context, MutexRole, "Wait and Release of a mutex, against WaitOne and ReleaseMutex")
    {
        private readonly NamedMutex _mutex = NamedMutex.Create("bench-mutex-wine");

        protected override void Once()
        {
            _mutex.Wait();
            _mutex.Release();
        }

        public override void Dispose()
        {
            base.Dispose();
            _mutex.Dispose();
        }
    }

    public sealed class Semaphores(BenchContext context) : KernelObjects(context, SemaphoreRole, "Release and Wait of a semaphore, against Release and WaitOne")
    {
        private readonly NamedSemaphore _semaphore = NamedSemaphore.Create("bench-semaphore-wine", 1, int.MaxValue);

        protected override void Once()
        {
            _ = _semaphore.Release();
            _semaphore.Wait();
        }

        public override void Dispose()
        {
            base.Dispose();
            _semaphore.Dispose();
        }
    }

    public sealed class Events(BenchContext context) : KernelObjects(context, EventRole, "Set and Wait of an auto-reset event, against Set and WaitOne")
    {
        private readonly NamedEvent _event = NamedEvent.Create("bench-event-wine", EventResetMode.AutoReset);

        protected override void Once()
        {
            _event.Set();
            _event.Wait();
        }

        public override void Dispose()
        {
            base.Dispose();
            _event.Dispose();
        }
    }
}
