using System.Diagnostics.Metrics;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>What is told of broadcasts and of requests to who takes no part in them.</summary>
public class InspectingOthers
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public void Subscribers_are_shown_with_how_far_they_are()
    {
        string name = UniqueName.Create();
        using Broadcast broadcast = Broadcast.Create(name, new BroadcastOptions { Capacity = 4096, Schema = 7 });
        using Subscriber ahead = broadcast.Subscribe(), behind = broadcast.Subscribe();
        for (int i = 0; i < 5; i++)
        {
            broadcast.Publisher.Write(i, 0, Test);
            Broadcasts.Take(ahead).Dispose();
        }

        BroadcastMessage held = Broadcasts.Take(behind);
        Broadcasts.Take(behind).Dispose();
        Assert.True(broadcast.Publisher.TryClaim(10, out Claim claim));
        ChannelInfo info = ChannelInfo.Inspect(name);
        Assert.Equal((ChannelKind.Broadcast, 4096L, 7UL, false, false), (info.Kind, info.Capacity, info.Schema, info.CanOverrun, info.IsCompleted));
        Assert.Equal((5, 0, 6), (info.Depth, info.Oldest, info.Next));
        Assert.Equal(
            [(ParticipantRoles.Reader, 5L, 5L, 0), (ParticipantRoles.Reader, 0L, 1L, 0), (ParticipantRoles.Writer, 0L, 0L, 1)],
            info.Participants.Select(p => (p.Roles, p.Position, p.Read, p.Claims)));
        Assert.Equal([0, 0, 5], info.Participants.Select(p => p.Written));
        Assert.All(info.Participants, p => Assert.Equal((true, 0, 0L, Environment.ProcessId), (p.IsAlive, p.Held, p.Lost, p.ProcessId)));
        held.Dispose();
        claim.Commit();
        Assert.Equal([6, 5, 2], [ChannelInfo.Inspect(name).Depth, .. ChannelInfo.Inspect(name).Participants.Take(2).Select(p => p.Position)]);
    }

    [Fact]
    public void Messages_that_were_missed_are_counted()
    {
        string name = UniqueName.Create();
        using Broadcast broadcast = Broadcast.Create(name, new BroadcastOptions { Capacity = 4096, Overrun = true });
        using Subscriber subscriber = broadcast.Subscribe();
        for (int i = 0; i < 100; i++)
        {
            broadcast.Publisher.Write(i, 0, Test);
        }

        Broadcasts.Take(subscriber).Dispose();
        ChannelInfo info = ChannelInfo.Inspect(name);
        Assert.True(info.CanOverrun);
        Assert.Equal(100, info.Next);
        ChannelParticipant shown = info.Participants.Single(p => p.Roles == ParticipantRoles.Reader);
        Assert.Equal((subscriber.Missed, 1L), (shown.Lost, shown.Read));
        Assert.InRange(subscriber.Missed, 60, 99);
        Assert.Equal(subscriber.Missed + 1, shown.Position);
    }

    /// <summary>Who frees a message leases it for a moment, and may be killed in it.</summary>
    [Fact]
    public unsafe void Publisher_that_frees_a_message_is_no_reader()
    {
        string name = UniqueName.Create();
        using Broadcast broadcast = Broadcast.Create(name, new BroadcastOptions { Capacity = 4096 });
        broadcast.Publisher.Write(1, 0, Test);
        using FileMapping mapping = FileMapping.Open(name);
        using MappedView view = mapping.MapView();
        var word = new SlotWord(view.At<ulong>(ChannelHeader.SlotsOffset));
        Assert.Equal(SlotState.Committed, word.State);
        view.At<ulong>(ChannelHeader.SlotsOffset) = word.With(SlotState.Leased, 0).Value;
        ChannelParticipant publisher = Assert.Single(ChannelInfo.Inspect(name).Participants);
        Assert.Equal((ParticipantRoles.Writer, 0), (publisher.Roles, publisher.Held));
    }

    [Fact]
    public async Task Publisher_says_for_which_subscriber_it_waits()
    {
        string name = UniqueName.Create();
        using Broadcast broadcast = Broadcast.Create(name, new BroadcastOptions { Capacity = 4096 });
        using ChildProcess child = ChildProcess.Start(WaitingForSubscribers.SubscribeAndHang, name);
        Assert.True(broadcast.Publisher.WaitForSubscribers(1, -1, Test));
        Task publishes = OtherThread.Run(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                broadcast.Publisher.Write(i, -1, Test);
            }
        });
        ChannelParticipant Publisher() => ChannelInfo.Inspect(name).Participants.Single(p => p.ProcessId == Environment.ProcessId);
        Assert.True(SpinWait.SpinUntil(
            () => ChannelInfo.Inspect(name).Participants is [{ Roles: ParticipantRoles.Reader, Position: 0 } slow, { WaitsFor: { } place }] && place == slow.Place && slow.ProcessId == child.Id,
            ChildProcess.Watchdog));
        child.Kill();
        await publishes.WaitAsync(ChildProcess.Watchdog, Test);
        Assert.Equal((null, 1000), (Publisher().WaitsFor, Publisher().Written));
    }

    [Fact]
    public void Requests_are_counted_as_waiting_or_held_and_clients_are_told_from_servers()
    {
        string name = UniqueName.Create();
        using RequestReply channel = RequestReply.Create(name, new RequestReplyOptions { Capacity = 8192, Schema = 9 });
        using RequestReply server = RequestReply.Open(name);
        Assert.False(server.Server.TryReceive(out _));
        for (int i = 0; i < 3; i++)
        {
            Assert.True(channel.Client.TryClaim(8, 8, out PendingRequest pending));
            pending.Send();
            Assert.True(server.Server.TryReceive(out Request request));
            request.Reply(8);
            request.Dispose();
            pending.Wait(60_000, Test).Dispose();
        }

        Assert.True(channel.Client.TryClaim(8, 8, out PendingRequest first));
        Assert.True(channel.Client.TryClaim(8, 8, out PendingRequest second));
        Assert.True(channel.Client.TryClaim(8, 8, out PendingRequest third));
        first.Send();
        second.Send();
        Assert.True(server.Server.TryReceive(out Request held));
        ChannelInfo info = ChannelInfo.Inspect(name);
        Assert.Equal((ChannelKind.RequestReply, 8192L, 9UL, 1L, 3L, 6L), (info.Kind, info.Capacity, info.Schema, info.Depth, info.Oldest, info.Next));
        Assert.Equal(
            [(ParticipantRoles.Writer, 5L, 3L, 1, 0), (ParticipantRoles.Reader, 3L, 0L, 0, 1)],
            info.Participants.Select(p => (p.Roles, p.Written, p.Read, p.Claims, p.Held)));
        held.Dispose();
        third.Dispose();
        Assert.Equal((1L, 0, 0), (ChannelInfo.Inspect(name).Depth, ChannelInfo.Inspect(name).Participants[0].Claims, ChannelInfo.Inspect(name).Participants[1].Held));
    }

    [Theory]
    [InlineData(ChannelKind.Broadcast)]
    [InlineData(ChannelKind.RequestReply)]
    public unsafe void Whatever_stands_in_the_memory_looking_ends_well_or_says_that_it_is_corrupt(ChannelKind kind)
    {
        string name = UniqueName.Create();
        using IDisposable channel = kind == ChannelKind.Broadcast ? Broadcast.Create(name, new BroadcastOptions { Capacity = 4096 }) : RequestReply.Create(name, new RequestReplyOptions { Capacity = 4096 });
        for (int i = 0; i < 10; i++)
        {
            (channel as Broadcast)?.Publisher.Write(i, 0, Test);
            if (channel is RequestReply requests && requests.Client.TryClaim(8, 8, out PendingRequest pending))
            {
                pending.Send();
            }
        }

        using Subscriber? subscriber = (channel as Broadcast)?.Subscribe();
        using FileMapping mapping = FileMapping.Open(name);
        using MappedView view = mapping.MapView();
        byte[] sound = view.AsSpan(0, (int)mapping.Size).ToArray();
        var random = new Random(1);
        int refused = 0;

        // The code is the same everywhere; opening the section each time takes long under Wine.
        int rounds = OperatingSystem.IsWindows() ? 200 : 1000;
        for (int round = 0; round < rounds; round++)
        {
            int at = random.Next(3) switch
            {
                0 => random.Next(0, 600),
                1 => ChannelHeader.ParticipantsOffset + random.Next(0, 200),
                _ => ChannelHeader.SlotsOffset + random.Next(0, 512),
            };
            long value = random.Next(3) switch { 0 => random.Next(-2, 300), 1 => 1L << random.Next(64), _ => random.NextInt64(long.MinValue, long.MaxValue) };
            view.At<long>(at & ~7) = value;
            try
            {
                Assert.InRange(ChannelInfo.Inspect(name).Depth, 0, mapping.Size);
            }
            catch (Exception e) when (e is ChannelCorruptedException or InvalidDataException)
            {
                refused++;
            }

            sound.CopyTo(view.AsSpan(0, sound.Length));
        }

        Assert.InRange(refused, rounds / 100, rounds - (rounds / 100));
        Assert.InRange(ChannelInfo.Inspect(name).Depth, 1, 10);
    }

    [Fact]
    public void Meter_tells_of_broadcasts_and_of_requests()
    {
        string name = UniqueName.Create(), requests = UniqueName.Create();
        using Broadcast broadcast = Broadcast.Create(name, new BroadcastOptions { Capacity = 4096, Overrun = true });
        using RequestReply channel = RequestReply.Create(requests);
        using (Subscriber subscriber = broadcast.Subscribe())
        {
            for (int i = 0; i < 100; i++)
            {
                broadcast.Publisher.Write(i, 0, Test);
            }

            Broadcasts.Take(subscriber).Dispose();
            Assert.Equal(Expected(subscriber.Missed, participants: 2), Observed(name, ChannelKind.Broadcast));
        }

        // What has left stays counted.
        Dictionary<string, long> left = Observed(name, ChannelKind.Broadcast);
        Assert.Equal((100, 1, 1), (left["written"], left["read"], left["participants"]));
        Assert.InRange(left["lost"], 60, 99);
        Assert.True(channel.Client.TryClaim(8, 8, out PendingRequest pending));
        pending.Send();
        Assert.Equal(
            new Dictionary<string, long> { ["written"] = 1, ["read"] = 0, ["lost"] = 0, ["depth"] = 1, ["participants"] = 1 }, Observed(requests, ChannelKind.RequestReply));
        Assert.True(channel.Server.TryReceive(out Request request));
        request.Reply(8);
        request.Dispose();
        pending.Wait(60_000, Test).Dispose();
        Assert.Equal(
            new Dictionary<string, long> { ["written"] = 2, ["read"] = 1, ["lost"] = 0, ["depth"] = 0, ["participants"] = 1 }, Observed(requests, ChannelKind.RequestReply));

        Dictionary<string, long> Expected(long missed, int participants) => new()
        {
            ["written"] = 100,
            ["read"] = 1,
            ["lost"] = missed,
            ["depth"] = ChannelInfo.Inspect(name).Depth,
            ["participants"] = participants,
        };
    }

    private static Dictionary<string, long> Observed(string name, ChannelKind kind)
    {
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
            var named = new Dictionary<string, object?>(tags.ToArray());
            if (Equals(named["crossmap.channel.name"], name) && Equals(named["crossmap.channel.kind"], kind.ToString()))
            {
                seen.Add(instrument.Name["crossmap.channel.".Length..], value);
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
