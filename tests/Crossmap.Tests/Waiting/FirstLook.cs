using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>The one read of each object with which a wait for any of several begins.</summary>
public class FirstLook
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Bad_handle_before_or_behind_what_is_there_is_refused_and_nothing_taken(int at)
    {
        using NamedEvent there = NamedEvent.Create(null, EventResetMode.AutoReset, initialState: true), missing = NamedEvent.Create(null, EventResetMode.AutoReset);
        NamedSemaphore closed = NamedSemaphore.Create(null, 1, 1);
        closed.Dispose();
        WaitableObject[] objects = [missing, there, missing];
        objects[at] = closed;
        Assert.Throws<ObjectDisposedException>(() => WaitableObject.WaitAny(objects));
        objects[at] = null!;
        Assert.Throws<ArgumentNullException>("objects", () => WaitableObject.WaitAny(objects));
        Assert.True(there.IsSet);
        objects[at] = missing;
        Assert.Equal(1, WaitableObject.WaitAny(objects));
        Assert.False(there.IsSet);
    }

    [Fact]
    public void Cancelled_token_takes_nothing_of_what_is_there()
    {
        using NamedEvent there = NamedEvent.Create(null, EventResetMode.AutoReset, initialState: true), missing = NamedEvent.Create(null, EventResetMode.AutoReset);
        Assert.ThrowsAny<OperationCanceledException>(() => WaitableObject.WaitAny([missing, there], Timeout.InfiniteTimeSpan, new CancellationToken(canceled: true)));
        Assert.True(there.IsSet);
    }

    [Fact]
    public void Mutex_among_them_has_its_turn()
    {
        using NamedMutex mutex = NamedMutex.Create(null);
        using NamedEvent first = NamedEvent.Create(null, EventResetMode.ManualReset), last = NamedEvent.Create(null, EventResetMode.ManualReset, initialState: true);
        Assert.Equal(1, WaitableObject.WaitAny(first, mutex, last));
        Assert.Equal(1, WaitableObject.WaitAny(first, mutex, last));
        using var other = new OtherThread();
        Assert.Equal(2, other.Do(() => WaitableObject.WaitAny(first, mutex, last)));
        first.Set();
        Assert.Equal(0, WaitableObject.WaitAny(first, mutex, last));
        mutex.Release();
        mutex.Release();
        Assert.False(mutex.IsOwned);
    }

    [Fact]
    public void Sleepers_gate_hides_nothing_behind_it()
    {
        string name = UniqueName.Create() + "-";
        using NamedSemaphore semaphore = NamedSemaphore.Create(name + 0, 0, 1);
        using NamedEvent auto = NamedEvent.Create(name + 1, EventResetMode.AutoReset), manual = NamedEvent.Create(name + 2, EventResetMode.ManualReset);
        using NamedMutex mutex = NamedMutex.Create(name + 3, initiallyOwned: true);
        using NamedEvent there = NamedEvent.Create(null, EventResetMode.AutoReset, initialState: true);
        using ChildProcess child = ChildProcess.Start(Several.WaitAnyOf, name);
        child.Expect("waiting");
        Asleep.Await(child, name + 2);
        Assert.Equal(3, WaitableObject.WaitAny(semaphore, auto, manual, there));
        Assert.Equal(WaitHandle.WaitTimeout, WaitableObject.WaitAny([semaphore, auto, manual, there], TimeSpan.Zero, TestContext.Current.CancellationToken));
        auto.Set();
        child.Expect("1 False");
        child.Finish();
        mutex.Release();
    }

    [Fact]
    public void Bits_are_zero_only_where_there_is_nothing_to_take_and_nothing_to_announce()
    {
        Agree(default(SemaphoreProtocol.Count));
        Agree(default(EventProtocol.Auto));
        Agree(default(EventProtocol.Manual));
    }

    private static void Agree<TSignal>(TSignal signal)
        where TSignal : struct, ISignal
    {
        uint[] values = [.. Enumerable.Range(0, 64).Select(value => (uint)value), 0x4000_0000, int.MaxValue, 0x8000_0000, 0xFFFF_FFFC, uint.MaxValue];
        int taken = 0, passed = 0;
        foreach (uint value in values)
        {
            foreach (uint gate in (uint[])[0, WaitProtocol.Waiting, WaitProtocol.WaitingAll, WaitProtocol.Everybody])
            {
                bool isThere = signal.IsThere(value, value, waits: true);
                Assert.True(isThere || !signal.IsThere(value, value, waits: false));
                bool isPassed = (WaitProtocol.State(value, gate) & WaitProtocol.BitsOf(signal)) == 0;
                Assert.False(isPassed && (isThere || gate == WaitProtocol.Everybody), $"{typeof(TSignal).Name} {value:X8} {gate:X8}");
                (taken, passed) = (taken + (isThere ? 1 : 0), passed + (isPassed ? 1 : 0));
            }
        }

        Assert.True(taken > 0 && passed > 0);
    }
}
