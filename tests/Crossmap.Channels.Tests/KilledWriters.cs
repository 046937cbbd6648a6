using Crossmap.Channels.Memory;
using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>What becomes of a shared value and its readers when its writer is killed.</summary>
public class KilledWriters
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public void Writer_killed_in_the_middle_of_a_write_leaves_the_last_value_and_its_place()
    {
        string name = UniqueName.Create();
        using SharedValue<Values.Sample> value = SharedValue<Values.Sample>.Create(name);
        for (int round = 1; round <= 3; round++)
        {
            using ChildProcess child = ChildProcess.Start(WriteHalf, name);
            child.Expect($"{round}");
            Assert.True(value.TryRead(out Values.Sample read, out long version));
            Assert.Equal(Values.Sample.Of(round), read);
            Assert.Equal(round, version);
            Assert.Equal(unchecked((int)0x80070020), Assert.ThrowsAny<IOException>(() => value.Write(Values.Sample.Of(9))).HResult);
            child.Kill();
            Assert.Equal(Values.Sample.Of(round), value.Read());
        }

        value.Write(Values.Sample.Of(4));
        Assert.Equal(Values.Sample.Of(4), value.Read());
        Assert.Equal(4, value.Version);
    }

    [Fact]
    public async Task Writer_killed_between_the_value_and_the_bell_leaves_no_reader_asleep()
    {
        string name = UniqueName.Create();
        using SharedValue<int> value = SharedValue<int>.Create(name);
        using ChildProcess child = ChildProcess.Start(PublishWithoutBell, name);
        child.Expect("ready");
        Task<bool>[] readers =
        [
            .. Enumerable.Range(0, 3).Select(_ => OtherThread.Run(() =>
            {
                long seen = 0;
                return value.WaitForChange(ref seen, -1, Test) && seen == 1;
            })),
        ];
        child.Send("publish");
        child.Expect("published");
        child.Kill();
        Assert.All(await Task.WhenAll(readers).WaitAsync(ChildProcess.Watchdog, Test), Assert.True);
    }

    [Fact]
    public async Task Readers_asleep_go_on_with_the_next_writer()
    {
        string name = UniqueName.Create();
        using SharedValue<int> value = SharedValue<int>.Create(name);
        Task<long> reader = OtherThread.Run(() =>
        {
            long seen = 0;
            while (seen < 5 && value.WaitForChange(ref seen, -1, Test))
            {
                // Until the last one.
            }

            return seen;
        });
        for (int i = 1; i <= 5; i++)
        {
            using ChildProcess child = ChildProcess.Start(WriteOne, name);
            child.Expect("written");
            child.Kill();
        }

        Assert.Equal(5, await reader.WaitAsync(ChildProcess.Watchdog, Test));
    }

    [ChildScenario]
    internal static void WriteHalf(string[] arguments)
    {
        using SharedValue<Values.Sample> value = SharedValue<Values.Sample>.Open(arguments[0]);
        value.Write(Values.Sample.Of((int)value.Version + 1));
        ValueWrite<Values.Sample> write = value.BeginWrite();
        write.Value = Values.Sample.Of(77) with { H = 78 };
        Console.WriteLine(value.Version);
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void WriteOne(string[] arguments)
    {
        using SharedValue<int> value = SharedValue<int>.Open(arguments[0]);
        value.Write(1);
        Console.WriteLine("written");
        Console.ReadLine();
    }

    /// <summary>A writer up to the point where it would ring.</summary>
    [ChildScenario]
    internal static unsafe void PublishWithoutBell(string[] arguments)
    {
        using ChannelMemory memory = ChannelMemory.TryOpen(ChannelTarget.Memory(arguments[0]))!;
        using Doorbell bell = memory.OpenDoorbell(&memory.Header->ReadersGate, 0);
        using Participant? writer = Participant.TryTake(memory, 0);
        Assert.NotNull(writer);
        Console.WriteLine("ready");
        Console.ReadLine();
        while (Volatile.Read(ref memory.Header->ReadersGate) == 0)
        {
            Thread.Yield();
        }

        bell.Arm();
        Volatile.Write(ref memory.Header->Head, 1);
        Console.WriteLine("published");
        Console.ReadLine();
    }
}
