namespace Crossmap.Model;

/// <summary>
/// The reader-writer lock's protocol, with two slots and with one, under every interleaving of three threads and a death between any two steps: no two
/// writers, no writer beside a reader, nobody sleeps for what nobody owns, a writer that died inside is reported to the readers until one
/// writer has heard of it and left, no other death is, and nobody who is left alone runs for ever.
/// </summary>
public class ReaderWriterExploration
{
    private const int Participants = 3;

    private static readonly Dictionary<Func<Answers, ulong>, LocalMachine> Learned = [];

    private static readonly Dictionary<(int Who, int Slots), ReaderWriterOperations> Right =
        (from slots in Enumerable.Range(1, ReaderWriterModel.MostSlots) from who in Enumerable.Range(0, Participants) select (who, slots))
        .ToDictionary(place => place, place => ReaderWriterModel.Of(place.who, place.slots));

    [Fact]
    public void Every_three_participants_keep_every_promise()
    {
        Exploration sum = Explore(ReaderWriterFault.None, DeathWake.OwnerlessWord, stopAtFirst: false);
        Console.WriteLine($"model: reader-writer lock: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
        Assert.True(sum.States > 100_000, $"Only {sum}: the exploration does not explore.");
    }

    /// <summary>As for the mutex: a word that is free and waited for is not zero.</summary>
    [Fact]
    public void Kernel_that_wakes_for_a_zero_word_only_is_not_enough()
    {
        Exploration sum = Explore(ReaderWriterFault.None, DeathWake.ZeroWord, stopAtFirst: true);
        Assert.StartsWith("Lost wake-up", sum.Violation, StringComparison.Ordinal);
    }

    internal static Exploration Explore(ReaderWriterFault fault, DeathWake kernel, bool stopAtFirst)
    {
        // What the fault is not about is learned once for all of them.
        bool isReaders = fault.ToString().StartsWith("Reader", StringComparison.Ordinal);
        ReaderWriterOperations Of(int who, int slots)
        {
            ReaderWriterOperations right = Right[(who, slots)];
            ReaderWriterOperations wrong = fault == ReaderWriterFault.None ? right : ReaderWriterModel.Of(who, slots, fault);
            return isReaders
                ? right with { EnterRead = wrong.EnterRead, TryEnterRead = wrong.TryEnterRead, ExitRead = wrong.ExitRead }
                : right with { EnterWrite = wrong.EnterWrite, TryEnterWrite = wrong.TryEnterWrite, ExitWrite = wrong.ExitWrite };
        }

        // Each thread has its own number, so each has its own operations. With two slots two of the three begin at the same one.
        ReaderWriterOperations[][] operations =
            [.. from slots in Enumerable.Range(1, ReaderWriterModel.MostSlots) select Enumerable.Range(0, Participants).Select(who => Of(who, slots)).ToArray()];
        Func<ReaderWriterOperations, Operation[]>[] programs =
        [
            of => [of.EnterRead, .. of.ExitRead],
            of => [of.EnterRead.Timed, .. of.ExitRead],
            of => [of.EnterWrite, of.ExitWrite],
            of => [of.EnterWrite.Cancellable.Timed, of.ExitWrite],
            of => [of.TryEnterRead, .. of.ExitRead],
            of => [of.TryEnterWrite, of.ExitWrite],
        ];
        var scenarios =
            from three in operations
            from triple in Exploration.Triples(programs, pairsFirst: stopAtFirst)
            select new Scenario(ReaderWriterModel.Object, ReaderWriterModel.Free, [.. triple.Select((program, who) => program(three[who]))]) { Kernel = kernel, IsReduced = true };
        lock (Learned)
        {
            return Exploration.Of(scenarios, stopAtFirst, Learned);
        }
    }
}
