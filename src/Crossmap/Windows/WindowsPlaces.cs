using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Crossmap.Objects;
using static Crossmap.Windows.Kernel32;

namespace Crossmap.Windows;

/// <summary>
/// Places as mutexes of the kernel, two for each that is taken, both owned by a thread of the taker that does nothing else. The first one says who
/// has the place, and nobody but takers ever own it. The second is the one that watchers wait for, own for a moment and release: so whoever asks
/// for the first takes no watcher for a holder.
/// </summary>
/// <remarks>
/// They are made with the creator's default access list: to another user a place that somebody has is one that he may not ask for (5).
/// </remarks>
internal sealed class WindowsPlaces : Places
{
    private const string WatchedPart = "-watched";

    /// <summary>In the namespace of all sessions, because a file may be mapped in all of them; only sections need a privilege there.</summary>
    private readonly string _key;

    private readonly CancellationTokenSource _closed = new();
    private int _isDisposed;

    private WindowsPlaces(string key) => _key = $@"Global\{ObjectListing.PlacePrefix}{key}";

    /// <param name="name">The section's, in the kernel's own words: with the session, where it belongs to one. Hashed, because it has what other names may not have.</param>
    public static WindowsPlaces OfMemory(string name) => new("memory-" + Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(name.AsSpan()))));

    public static WindowsPlaces OfFile(MappedFile file) => new("file-" + file.Identity);

    public override IDisposable? TryTake(int place) => IsTaken(place) ? null : TakenPlace.TryTake(NameOf(place));

    public override bool IsTaken(int place)
    {
        string name = NameOf(place);
        using KernelHandle owned = OpenMutex(WindowsMutex.Rights, 0, name);
        return !WindowsSystem.IsGone(owned, name) && WindowsMutex.Query(owned).IsOwned;
    }

    public override bool WaitUntilEmpty(int place)
    {
        string name = NameOf(place) + WatchedPart;
        try
        {
            // A taker has the second mutex a little later than the first, and a dead one loses them one after the other. That is over in a moment.
            for (; ; Thread.Yield())
            {
                // Made before the first one is owned: without it nobody has the place.
                using KernelHandle watched = OpenMutex(WindowsMutex.Rights, 0, name);
                if (!WindowsSystem.IsGone(watched, name))
                {
                    _ = KernelWait.Run(watched, -1, _closed.Token);
                    Release(watched);
                }

                if (!IsTaken(place))
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (_closed.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    public override unsafe Doorbell OpenDoorbell(uint* gate, int number)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{_key}-bell-{number}");
        return new WindowsDoorbell(gate, ObjectSystem.Current.CreateSemaphore(ObjectName.Parse(name), 0, WindowsDoorbell.MostSleepers, ObjectAudience.Owner));
    }

    /// <summary>Ends the waits.</summary>
    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _closed.Cancel();
            _closed.Dispose();
        }
    }

    private string NameOf(int place)
    {
        Check(place);
        ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, typeof(Places));
        return string.Create(CultureInfo.InvariantCulture, $"{_key}-{place}");
    }

    private static void Release(KernelHandle mutex)
    {
        if (ReleaseMutex(mutex) == 0)
        {
            throw WindowsError.Last("The place of the section cannot be let go");
        }
    }

    /// <summary>A thread that owns the mutexes of a place. The kernel takes them from it when it ends, and so does it when its process ends.</summary>
    private sealed class TakenPlace : IDisposable
    {
        private const int SmallStack = 256 << 10;

        private readonly string _name;
        private readonly Thread _thread;
        private readonly ManualResetEventSlim _tried = new(), _end = new();
        private bool _isTaken;
        private Exception? _failure;

        private TakenPlace(string name)
        {
            _name = name;
            _thread = new Thread(Run, SmallStack) { IsBackground = true, Name = "Crossmap place" };
            _thread.Start();
        }

        public static TakenPlace? TryTake(string name)
        {
            var place = new TakenPlace(name);
            place._tried.Wait();
            if (place._isTaken)
            {
                return place;
            }

            place.Dispose();
            return place._failure is null ? null : throw place._failure;
        }

        /// <summary>The place is empty when this returns.</summary>
        public void Dispose()
        {
            _end.Set();
            _thread.Join();
        }

        private void Run()
        {
            try
            {
                using KernelHandle watched = Create(_name + WatchedPart), owned = Create(_name);
                _isTaken = KernelWait.Run(owned, 0, CancellationToken.None) != WaitResult.TimedOut;
                if (!_isTaken)
                {
                    return;
                }

                // Those who have it now are watchers, who release it at once.
                _ = KernelWait.Run(watched, -1, CancellationToken.None);
                _tried.Set();
                _end.Wait();

                // In this order: who comes through finds the place empty.
                Release(owned);
                Release(watched);
            }
            catch (Exception e)
            {
                _isTaken = false;
                _failure = e;
            }
            finally
            {
                _tried.Set();
            }
        }

        private static KernelHandle Create(string name)
        {
            using var security = ObjectSecurity.Of(ObjectAudience.Owner, inheritable: false, ObjectSecurity.AllOfMutex);
            SecurityAttributes attributes = security.Attributes;
            KernelHandle handle = CreateMutexEx(in attributes, name, 0, WindowsMutex.Rights);
            return handle.IsInvalid ? throw WindowsError.Last("The place of the section cannot be taken") : handle;
        }
    }
}
