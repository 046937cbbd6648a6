using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.Channels;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>
/// Channels whose memory somebody writes over while they are used: each call returns or says that it is corrupt; nothing crashes, loops for ever, or
/// touches anything but the channel. CROSSMAP_SCRIBBLES sets how often, CROSSMAP_SCRIBBLES_SEED where and what.
/// </summary>
public class ScribbledChannels
{
    private const int Usual = 15_000, Reported = 500;

    /// <summary>Scribbles into one channel, which is then made anew: it cannot become sound again by itself.</summary>
    private const int PerChannel = 40;

    private static readonly Dictionary<string, Func<string, Random, ScribbledUse>> Kinds = new()
    {
        ["queue"] = (name, random) => new ScribbledQueue(name, random, isSingle: false),
        ["single"] = (name, random) => new ScribbledQueue(name, random, isSingle: true),
        ["broadcast"] = (name, random) => new ScribbledBroadcast(name, random, isOverrun: false),
        ["overrun"] = (name, random) => new ScribbledBroadcast(name, random, isOverrun: true),
        ["value"] = (name, random) => new ScribbledValue(name, random),
        ["requests"] = (name, random) => new ScribbledRequests(name, random),
    };

    public static TheoryData<string> AllKinds => [.. Kinds.Keys];

    /// <summary>In a process of its own: a crash or a hang shows which, as the seed is printed.</summary>
    [Theory]
    [MemberData(nameof(AllKinds))]
    public void Scribbled_channels_are_used_without_a_crash_or_a_hang(string kind)
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("CROSSMAP_SCRIBBLES"), CultureInfo.InvariantCulture, out int asked) ? asked : Usual;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("CROSSMAP_SCRIBBLES_SEED"), CultureInfo.InvariantCulture, out int wanted) ? wanted : 20_261_129;
        Console.WriteLine($"scribbles: {count} into {kind}, seed {seed}");
        using ChildProcess child = ChildProcess.Start(Scribble, $"{count}", $"{seed}", kind);
        string line = "0", next;
        for (next = child.Receive(); !next.StartsWith("done", StringComparison.Ordinal); next = child.Receive())
        {
            line = next;
        }

        child.Finish();
        Console.WriteLine($"scribbles: {line} into {kind}, {next}");
        Assert.True(int.Parse(line, CultureInfo.InvariantCulture) >= count);
    }

    [ChildScenario]
    internal static void Scribble(string[] arguments)
    {
        int count = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var random = new Random(int.Parse(arguments[1], CultureInfo.InvariantCulture));
        Func<string, Random, ScribbledUse> kind = Kinds[arguments[2]];
        var outcomes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        int done = 0, reported = 0, used = 0;
        for (int round = 0; done < count || used < count / 10; round++)
        {
            string name = UniqueName.Create();
            using ScribbledUse channel = kind(name, random);
            using FileMapping section = FileMapping.Open(name);
            using MappedView view = section.MapView();
            var scribbler = new Scribbler(view, new Random(random.Next()));
            if (round % 2 == 0)
            {
                for (int i = 0; i < PerChannel; i++, done++)
                {
                    scribbler.Next();
                    Try(outcomes, channel.Deeds);
                }
            }
            else
            {
                // The same between any two steps.
                using var stop = new CancellationTokenSource();
                Task<int> scribbling = OtherThread.Run(() => scribbler.Until(stop.Token));
                for (int i = 0; i < PerChannel; i++)
                {
                    Try(outcomes, channel.Deeds);
                }

                stop.Cancel();
                done += scribbling.GetAwaiter().GetResult();
            }

            used += PerChannel;
            if (done / Reported > reported || done >= count)
            {
                reported = done / Reported;
                Console.WriteLine(done);
            }
        }

        Console.WriteLine($"done: {used} uses; " + string.Join("; ", outcomes.Select(outcome => $"{outcome.Key}: {outcome.Value}")));

        // Scribbles that are always found at once would prove nothing, and so would those that never are. A share of the uses, not of the
        // scribbles: how many of those the other thread makes beside one use depends on the machine.
        Assert.True(outcomes.GetValueOrDefault("read") > used / 20, $"{used} uses read too little.");
        Assert.True(outcomes.GetValueOrDefault("written") > used / 20, $"{used} uses wrote too little.");
        Assert.True(outcomes.ContainsKey(nameof(ChannelCorruptedException)) || arguments[2] == "value", "Nothing was ever found corrupt.");
    }

    [SuppressMessage("Design", "CA1031", Justification = "Any other exception ends the process.")]
    private static void Try(SortedDictionary<string, long> outcomes, IEnumerable<Func<string>> deeds)
    {
        foreach (Func<string> deed in deeds)
        {
            string outcome;
            try
            {
                outcome = deed();
            }
            catch (Exception e) when (e is ChannelCorruptedException or TimeoutException or ChannelClosedException or InvalidOperationException or RequestAbandonedException)
            {
                // The third: it was scribbled that the channel is complete; the fourth: that the claim is not this participant's any more; the last: that
                // the server gave the request up.
                outcome = e.GetType().Name;
            }

            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }
    }
}
