using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.Channels;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>
/// Queues whose memory somebody writes over while they are used: each call returns or says that it is corrupt; nothing crashes, loops for ever, or
/// touches anything but the queue. CROSSMAP_SCRIBBLES sets how often.
/// </summary>
public class ScribbledRings
{
    private const int Usual = 20_000, Reported = 500, Capacity = 4096, Slots = 16;

    /// <summary>Scribbles into one queue, which is then made anew: it cannot become sound again by itself.</summary>
    private const int PerQueue = 40;

    /// <summary>In a process of its own: a crash or a hang shows which, as the seed is printed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Scribbled_queues_are_used_without_a_crash_or_a_hang(bool single)
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("CROSSMAP_SCRIBBLES"), CultureInfo.InvariantCulture, out int asked) ? asked : Usual;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("CROSSMAP_SCRIBBLES_SEED"), CultureInfo.InvariantCulture, out int wanted) ? wanted : 20_261_129;
        Console.WriteLine($"scribbles: {count} into queues {(single ? "of one producer and one consumer" : "of many")}, seed {seed}");
        using ChildProcess child = ChildProcess.Start(Scribble, $"{count}", $"{seed}", $"{single}");
        string line = "0";
        for (string next = child.Receive(); !next.StartsWith("done", StringComparison.Ordinal); next = child.Receive())
        {
            line = next;
        }

        child.Finish();
        Assert.True(int.Parse(line, CultureInfo.InvariantCulture) >= count);
    }

    [ChildScenario]
    internal static void Scribble(string[] arguments)
    {
        int count = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var random = new Random(int.Parse(arguments[1], CultureInfo.InvariantCulture));
        bool single = bool.Parse(arguments[2]);
        var outcomes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        int done = 0, reported = 0, used = 0;
        for (int round = 0; done < count || used < count / 10; round++)
        {
            string name = UniqueName.Create();
            using SharedQueue producer = SharedQueue.Create(name, new SharedQueueOptions { Capacity = Capacity, MaximumMessages = Slots, SingleProducerSingleConsumer = single });
            using SharedQueue consumer = SharedQueue.Open(name);
            using FileMapping section = FileMapping.Open(name);
            using MappedView view = section.MapView();
            var scribbler = new Scribbler(view, new Random(random.Next()));
            if (round % 2 == 0)
            {
                for (int i = 0; i < PerQueue; i++, done++)
                {
                    scribbler.Next();
                    Use(producer, consumer, random, outcomes);
                }
            }
            else
            {
                // The same between any two steps.
                using var stop = new CancellationTokenSource();
                Task<int> scribbling = OtherThread.Run(() => scribbler.Until(stop.Token));
                for (int i = 0; i < PerQueue; i++)
                {
                    Use(producer, consumer, random, outcomes);
                }

                stop.Cancel();
                done += scribbling.GetAwaiter().GetResult();
            }

            used += PerQueue;
            if (done / Reported > reported || done >= count)
            {
                reported = done / Reported;
                Console.WriteLine(done);
            }
        }

        Console.WriteLine("done: " + string.Join("; ", outcomes.Select(outcome => $"{outcome.Key}: {outcome.Value}")));

        // Scribbles that are always found at once would prove nothing, and so would those that never are. A share of the uses, not of the
        // scribbles: how many of those the other thread makes beside one use depends on the machine.
        Assert.True(outcomes.GetValueOrDefault("read") > used / 20, $"{used} uses read too little.");
        Assert.True(outcomes.GetValueOrDefault("written") > used / 20, $"{used} uses wrote too little.");
        Assert.True(outcomes.ContainsKey(nameof(ChannelCorruptedException)));
    }

    private static void Use(SharedQueue producer, SharedQueue consumer, Random random, SortedDictionary<string, long> outcomes)
    {
        Try(outcomes, () => Write(producer, random));
        Try(outcomes, () => Read(consumer, random));
        if (random.Next(50) == 0)
        {
            Try(outcomes, () => producer.Reader.Count >= 0 ? "counted" : throw new InvalidOperationException("Fewer than none."));
            Try(outcomes, () =>
            {
                using Message message = consumer.Reader.Read(timeoutMilliseconds: 0);
                return "read";
            });
            Try(outcomes, () =>
            {
                using Claim claim = producer.Writer.Claim(random.Next(100), timeoutMilliseconds: 0);
                return "claimed";
            });
        }
    }

    private static string Write(SharedQueue queue, Random random)
    {
        int length = random.Next(8) == 0 ? random.Next(queue.MaximumMessageLength + 1) : random.Next(200);
        if (!queue.Writer.TryClaim(length, out Claim claim))
        {
            return "full";
        }

        claim.Span.Fill(0x5A);
        if (random.Next(8) == 0)
        {
            claim.Dispose();
            return "given up";
        }

        claim.Commit();
        return "written";
    }

    private static string Read(SharedQueue queue, Random random)
    {
        if (!queue.Reader.TryRead(out Message message))
        {
            return "empty";
        }

        long sum = 0;
        foreach (byte value in message.Span)
        {
            sum += value;
        }

        GC.KeepAlive(sum);
        if (random.Next(8) != 0)
        {
            message.Dispose();
        }

        return "read";
    }

    [SuppressMessage("Design", "CA1031", Justification = "Any other exception ends the process.")]
    private static void Try(SortedDictionary<string, long> outcomes, Func<string> use)
    {
        string outcome;
        try
        {
            outcome = use();
        }
        catch (Exception e) when (e is ChannelCorruptedException or TimeoutException or ChannelClosedException or InvalidOperationException)
        {
            // The third: it was scribbled that the queue is complete; the last: that the claim is not this producer's any more.
            outcome = e.GetType().Name;
        }

        outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
    }

    /// <summary>Writes over whatever decides anything: marks, gates, records, slots, and the data's first words.</summary>
    private sealed class Scribbler(MappedView view, Random random)
    {
        private static readonly ulong[] Extremes = [0, ulong.MaxValue, long.MaxValue, 1UL << 63];

        private static readonly (int From, int Length)[] Places =
        [
            (128, 512),
            (ChannelHeader.ParticipantsOffset, 4 * ParticipantRecord.Size),
            (ChannelHeader.SlotsOffset, Slots * 32),
            (ChannelHeader.SlotsOffset, Slots * 32),
            ((int)ChannelLayout.OfRing(ChannelKind.Queue, Capacity, Slots, ChannelFlags.None, 0).DataOffset, Capacity),
            (ChannelHeader.SlotsOffset, Capacity),
        ];

        public int Until(CancellationToken stop)
        {
            int done = 0;
            while (!stop.IsCancellationRequested)
            {
                Next();
                done++;
                Thread.SpinWait(random.Next(200));
            }

            return done;
        }

        public void Next()
        {
            (int from, int length) = Places[random.Next(Places.Length)];
            ref ulong word = ref WordIn(from, length);
            word = random.Next(8) switch
            {
                0 => word ^ (1UL << random.Next(64)),
                1 => word + (ulong)random.Next(-3, 4),
                2 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                3 => Extremes[random.Next(Extremes.Length)],
                4 => WordIn(from, length),
                5 => new SlotWord((SlotState)random.Next(8), (uint)random.Next(3), random.Next(4), (uint)random.Next(70)).Value,
                6 => (word & ~0xFFUL) | (uint)random.Next(256),
                _ => (word << 32) | (word >> 32),
            };
        }

        /// <summary>A queue of one producer and one consumer has its data where others have their slots.</summary>
        private ref ulong WordIn(int from, int length) =>
            ref view.At<ulong>(Math.Min(from + ((long)random.Next(length / sizeof(ulong)) * sizeof(ulong)), view.Length - sizeof(ulong)));
    }
}
