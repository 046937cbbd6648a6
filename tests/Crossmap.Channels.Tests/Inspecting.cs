using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Crossmap.Channels.Memory;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>What is told of a channel to who takes no part in it.</summary>
public partial class Inspecting
{
    private const int SIGSTOP = 19, SIGCONT = 18;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_are_counted_as_waiting_or_held_by_whom(bool single)
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096, Schema = 7, SingleProducerSingleConsumer = single });
        for (int i = 0; i < 5; i++)
        {
            queue.Writer.Write(i, 0, TestContext.Current.CancellationToken);
        }

        Queues.Take(queue).Dispose();
        using Message held = Queues.Take(queue);
        ChannelInfo info = ChannelInfo.Inspect(name);
        Assert.Equal((single ? ChannelKind.SingleQueue : ChannelKind.Queue, 4096L, 7UL, false), (info.Kind, info.Capacity, info.Schema, info.IsCompleted));
        Assert.Equal((name, null), (info.Name, info.FilePath));
        Assert.Equal(3, info.Depth);
        Assert.Equal(single ? (16, 80) : (1, 5), (info.Oldest, info.Next));
        Assert.All(info.Participants, p => Assert.Equal((true, Environment.ProcessId), (p.IsAlive, p.ProcessId)));
        Assert.Equal(5, info.Participants.Single(p => p.Roles.HasFlag(ParticipantRoles.Writer)).Written);
        ChannelParticipant reader = info.Participants.Single(p => p.Roles.HasFlag(ParticipantRoles.Reader));
        Assert.Equal((1L, 1, 0L), (reader.Read, reader.Held, reader.Lost));
        Assert.Equal(single ? 2 : 1, info.Participants.Count);
        queue.Writer.Complete();
        Assert.True(ChannelInfo.Inspect(name).IsCompleted);
    }

    [Fact]
    public void Looking_takes_no_place_and_finds_what_is_in_a_file_with_nobody_there()
    {
        using var file = new TemporaryFile(0);
        Assert.Throws<FileNotFoundException>(() => ChannelInfo.InspectFile(file.Path));
        using (SharedQueue queue = SharedQueue.CreateOrOpenFile(file.Path))
        {
            queue.Writer.TryWrite("a"u8);
            Assert.Single(ChannelInfo.InspectFile(file.Path).Participants);
            Assert.Single(ChannelInfo.InspectFile(file.Path).Participants);
        }

        byte[] before = File.ReadAllBytes(file.Path);
        ChannelInfo info = ChannelInfo.InspectFile(file.Path);
        Assert.Equal((1L, file.Path, null), (info.Depth, info.FilePath, info.Name));
        Assert.Empty(info.Participants);
        Assert.Equal(before, File.ReadAllBytes(file.Path));
    }

    [Fact]
    public async Task Who_waits_for_a_stopped_process_says_so_until_it_is_dead()
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096 });
        using ChildProcess child = ChildProcess.Start(KilledParticipants.ClaimAndHang, name);
        child.Expect("claimed");
        Queues.Take(queue).Dispose();
        Task<int> read = OtherThread.Run(() =>
        {
            using Message message = queue.Reader.Read();
            return message.As<int>();
        });
        ChannelParticipant Self() => ChannelInfo.Inspect(name).Participants.Single(p => p.ProcessId == Environment.ProcessId);
        ChannelParticipant Other() => ChannelInfo.Inspect(name).Participants.Single(p => p.ProcessId == child.Id);
        Assert.True(SpinWait.SpinUntil(() => Self().WaitsFor == Other().Place, ChildProcess.Watchdog));
        Assert.Equal((true, 1, 1L, ParticipantRoles.Writer), (Other().IsAlive, Other().Claims, Other().Written, Other().Roles));
        Assert.Equal(ParticipantRoles.Reader, Self().Roles);
        if (OperatingSystem.IsLinux())
        {
            Assert.False(Other().IsStopped);
            Assert.Equal(0, kill(child.Id, SIGSTOP));
            Assert.True(SpinWait.SpinUntil(() => Other().IsStopped == true, ChildProcess.Watchdog));
            Assert.Equal(0, kill(child.Id, SIGCONT));
        }

        child.Kill();
        queue.Writer.Write(2, 0, TestContext.Current.CancellationToken);
        Assert.Equal(2, await read.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        Assert.Null(Self().WaitsFor);
    }

    /// <summary>Coming to hold it wakes nobody: so the sleeper itself does not know.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_slept_before_anybody_stood_in_its_way_says_who_does_now(bool forSpace)
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096 });
        while (forSpace && queue.Writer.TryWrite(new byte[1000]))
        {
        }

        Task sleeper = OtherThread.Run(() =>
        {
            if (forSpace)
            {
                queue.Writer.Write(new byte[1000]);
            }
            else
            {
                queue.Reader.Read().Dispose();
            }
        });
        using FileMapping section = FileMapping.Open(name);
        using MappedView view = section.MapView(ViewAccess.Read);
        ChannelParticipant Self() => ChannelInfo.Inspect(name).Participants.Single(p => p.ProcessId == Environment.ProcessId);
        Assert.True(SpinWait.SpinUntil(
            () => Volatile.Read(ref view.At<ParticipantRecord>(ChannelHeader.ParticipantsOffset + (Self().Place * ParticipantRecord.Size)).WaitsFor) != 0,
            ChildProcess.Watchdog));
        Assert.Null(Self().WaitsFor);
        using ChildProcess child = ChildProcess.Start(HoldAndHang, name, forSpace ? "lease" : "claim");
        child.Expect("held");
        Assert.Equal(ChannelInfo.Inspect(name).Participants.Single(p => p.ProcessId == child.Id).Place, Self().WaitsFor);
        child.Send("end");
        child.Expect("ended");
        await sleeper.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken);
        Assert.Null(Self().WaitsFor);
    }

    [ChildScenario]
    internal static void HoldAndHang(string[] arguments)
    {
        using SharedQueue queue = SharedQueue.Open(arguments[0]);
        Message message = default;
        Claim claim = default;
        Assert.True(arguments[1] == "lease" ? queue.Reader.TryRead(out message) : queue.Writer.TryClaim(100, out claim));
        Console.WriteLine("held");
        Console.ReadLine();
        if (arguments[1] == "lease")
        {
            message.Dispose();
        }
        else
        {
            claim.Commit();
        }

        Console.WriteLine("ended");
        Console.ReadLine();
    }

    [Fact]
    public void The_dead_are_shown_until_somebody_has_finished_for_them()
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096 });
        using ChildProcess child = ChildProcess.Start(KilledParticipants.ClaimAndHang, name);
        child.Expect("claimed");
        child.Kill();
        ChannelParticipant dead = ChannelInfo.Inspect(name).Participants.Single(p => p.ProcessId == child.Id);
        Assert.Equal((false, 1, null), (dead.IsAlive, dead.Claims, dead.IsStopped));
        SharedQueue.Open(name).Dispose();
        Assert.Single(ChannelInfo.Inspect(name).Participants);
    }

    [Fact]
    public void What_is_no_channel_is_said_to_be_none()
    {
        string name = UniqueName.Create();
        Assert.False(ChannelInfo.TryInspect(name, out _));
        Assert.Throws<FileNotFoundException>(() => ChannelInfo.Inspect(name));
        using FileMapping mapping = FileMapping.CreateInMemory(1 << 20, name);
        Assert.Throws<InvalidDataException>(() => ChannelInfo.Inspect(name));
        using FileMapping small = FileMapping.CreateInMemory(4096, name + "s");
        Assert.Throws<InvalidDataException>(() => ChannelInfo.Inspect(name + "s"));
        using NamedSemaphore semaphore = NamedSemaphore.Create(name + "t", 1, 1);
        Assert.Equal(unchecked((int)0x80070006), Assert.ThrowsAny<IOException>(() => ChannelInfo.Inspect(name + "t")).HResult);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public unsafe void Whatever_stands_in_the_memory_looking_ends_well_or_says_that_it_is_corrupt(bool single)
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096, SingleProducerSingleConsumer = single });
        for (int i = 0; i < 10; i++)
        {
            queue.Writer.TryWrite(new byte[i]);
        }

        using FileMapping mapping = FileMapping.Open(name);
        using MappedView view = mapping.MapView();
        byte[] sound = view.AsSpan(0, (int)mapping.Size).ToArray();
        var random = new Random(1);
        int refused = 0;

        // The code is the same everywhere; opening the section each time takes long under Wine.
        int rounds = OperatingSystem.IsWindows() ? 200 : 2000;
        for (int round = 0; round < rounds; round++)
        {
            // All that a header, a record, a slot or a message's head may say: small numbers, powers of two, anything.
            int at = random.Next(4) switch
            {
                0 => random.Next(0, 600),
                1 => ChannelHeader.ParticipantsOffset + random.Next(0, 200),
                2 => ChannelHeader.SlotsOffset + random.Next(0, 512),
                _ => (int)(mapping.Size - random.Next(8, 4096)),
            };
            long value = random.Next(3) switch { 0 => random.Next(-2, 300), 1 => 1L << random.Next(64), _ => random.NextInt64(long.MinValue, long.MaxValue) };
            view.At<long>(at & ~7) = value;
            try
            {
                ChannelInfo info = ChannelInfo.Inspect(name);
                Assert.InRange(info.Depth, 0, mapping.Size);
            }
            catch (Exception e) when (e is ChannelCorruptedException or InvalidDataException)
            {
                refused++;
            }

            sound.CopyTo(view.AsSpan(0, sound.Length));
        }

        Assert.InRange(refused, rounds / 100, rounds - (rounds / 100));
        Assert.Equal(10, ChannelInfo.Inspect(name).Depth);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Producer_may_wait_until_all_is_released(bool single)
    {
        string name = UniqueName.Create();
        CancellationToken test = TestContext.Current.CancellationToken;
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096, SingleProducerSingleConsumer = single });
        Assert.True(queue.Writer.WaitUntilEmpty(0, test));
        for (int i = 0; i < 10; i++)
        {
            queue.Writer.Write(i, 0, test);
        }

        Assert.Throws<TimeoutException>(() => queue.Writer.WaitUntilEmpty(20, test));
        Message held = Queues.Take(queue);
        for (int i = 1; i < 10; i++)
        {
            Queues.Take(queue).Dispose();
        }

        Assert.Equal(0, queue.Reader.Count);
        Assert.Throws<TimeoutException>(() => queue.Writer.WaitUntilEmpty(0, test));
        Task<bool> waiting = OtherThread.Run(() => queue.Writer.WaitUntilEmpty(-1, test));
        held.Dispose();
        Assert.True(await waiting.WaitAsync(ChildProcess.Watchdog, test));
        queue.Writer.Write(1, 0, test);
        waiting = OtherThread.Run(() => queue.Writer.WaitUntilEmpty(-1, test));
        queue.Writer.Complete();
        Assert.False(await waiting.WaitAsync(ChildProcess.Watchdog, test));
    }

    [Fact]
    public void Meter_tells_of_the_channels_that_are_open_here()
    {
        string name = UniqueName.Create();
        var seen = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Crossmap.Channels")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            foreach ((string key, object? tag) in tags)
            {
                if (key == "crossmap.channel.name" && Equals(tag, name))
                {
                    seen.Add(instrument.Name["crossmap.channel.".Length..], value);
                }
            }
        });
        listener.Start();
        Dictionary<string, long> Observe()
        {
            seen.Clear();
            listener.RecordObservableInstruments();
            return seen;
        }

        using (SharedQueue queue = SharedQueue.Create(name))
        {
            using (SharedQueue other = SharedQueue.Open(name))
            {
                for (int i = 0; i < 5; i++)
                {
                    other.Writer.Write(i, 0, TestContext.Current.CancellationToken);
                }

                Queues.Take(queue).Dispose();
                Queues.Take(queue).Dispose();
                Assert.Equal(new Dictionary<string, long> { ["written"] = 5, ["read"] = 2, ["lost"] = 0, ["depth"] = 3, ["participants"] = 2 }, Observe());
            }

            // What has left stays counted.
            Assert.Equal(new Dictionary<string, long> { ["written"] = 5, ["read"] = 2, ["lost"] = 0, ["depth"] = 3, ["participants"] = 1 }, Observe());
        }

        Assert.Empty(Observe());
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
