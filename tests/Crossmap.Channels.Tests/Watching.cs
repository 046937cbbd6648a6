using Crossmap.Channels.Memory;
using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>Threads that wait for a participant's end, when that wait cannot be.</summary>
public class Watching
{
    /// <summary>A thread that comes to its wait when the object is gone already ends quietly: it is nobody's to catch what it throws.</summary>
    [Fact]
    public void Watcher_of_an_object_that_has_ended_ends()
    {
        using var places = new UnreliablePlaces(new ObjectDisposedException("places"));
        int told = 0;
        using (var watchers = new Watchers(places, _ => told++))
        {
            watchers.Watch(3);
        }

        places.Fail();
        Assert.Equal(0, told);
    }

    /// <summary>Who waits looks again, and hears why nobody watches for him.</summary>
    [Fact]
    public void Failure_to_watch_is_told_to_who_wants_to_watch_next()
    {
        using var places = new UnreliablePlaces(new IOException("no descriptor left"));
        int told = 0;
        using var watchers = new Watchers(places, place => told += place);
        watchers.Watch(3);
        places.Fail();
        Assert.Equal(3, told);
        Assert.Equal("no descriptor left", Assert.Throws<IOException>(() => watchers.Watch(3)).Message);
        watchers.Watch(3);
        places.Fail();
        Assert.Equal(6, told);
    }

    /// <summary>Each wait for a place fails, when it is told to.</summary>
    private sealed class UnreliablePlaces(Exception failure) : Places
    {
        private readonly SemaphoreSlim _waits = new(0), _fails = new(0);
        private volatile Thread? _watcher;

        /// <summary>The wait under way fails. Returns when its thread has ended.</summary>
        public void Fail()
        {
            Assert.True(_waits.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
            _fails.Release();
            Assert.True(_watcher!.Join(ChildProcess.Watchdog));
        }

        public override bool WaitUntilEmpty(int place)
        {
            _watcher = Thread.CurrentThread;
            _waits.Release();
            _fails.Wait();
            throw failure;
        }

        public override IDisposable? TryTake(int place) => null;

        public override bool IsTaken(int place) => true;

        public override unsafe Doorbell OpenDoorbell(uint* gate, int number) => throw new NotSupportedException();

        public override void Dispose()
        {
            _waits.Dispose();
            _fails.Dispose();
        }
    }
}
