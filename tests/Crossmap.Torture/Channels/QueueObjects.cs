using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>The queues: one for any number of processes, one for one producer and one consumer.</summary>
internal sealed class QueueObjects(RunFolder folder, Ledger ledger)
{
    public const int LongestMessage = 1200;

    private const string SingleSuffix = "-single";

    private readonly Lazy<SharedQueue> _shared = new(() => OpenOne(folder, ledger, isSingle: false));

    /// <summary>For those of a process that have none of their own.</summary>
    public SharedQueue Shared => _shared.Value;

    public static string NameOf(string name, bool isSingle) => name + (isSingle ? SingleSuffix : "");

    /// <summary>Small ones: so that producers sleep for space as often as consumers for messages, and slots are soon used again.</summary>
    public static SharedQueue OpenOne(RunFolder folder, Ledger ledger, bool isSingle)
    {
        var options = new SharedQueueOptions { Capacity = 16 * 1024, MaximumMessages = 16, SingleProducerSingleConsumer = isSingle };
        return ChannelKills.FileOf(folder, QueueKills.Name, ledger) is { } path
            ? SharedQueue.CreateOrOpenFile(NameOf(path, isSingle), options)
            : SharedQueue.CreateOrOpen(NameOf(ChannelKills.NameOf(QueueKills.Name, ledger), isSingle), options);
    }
}
