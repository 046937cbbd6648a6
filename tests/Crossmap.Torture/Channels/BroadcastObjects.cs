using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>The broadcasts: one whose publishers wait for subscribers, one whose publishers overrun them.</summary>
internal sealed class BroadcastObjects(RunFolder folder, Ledger ledger)
{
    public const int LongestMessage = 800, Slots = 16;

    private const string OverrunSuffix = "-overrun";

    private readonly Lazy<Broadcast> _waiting = new(() => OpenOne(folder, ledger, isOverrun: false)), _overrun = new(() => OpenOne(folder, ledger, isOverrun: true));

    public static string NameOf(string name, bool isOverrun) => name + (isOverrun ? OverrunSuffix : "");

    public static Broadcast OpenOne(RunFolder folder, Ledger ledger, bool isOverrun)
    {
        var options = new BroadcastOptions { Capacity = 8 * 1024, MaximumMessages = Slots, Overrun = isOverrun };
        return ChannelKills.FileOf(folder, BroadcastKills.Name, ledger) is { } path
            ? Broadcast.CreateOrOpenFile(NameOf(path, isOverrun), options)
            : Broadcast.CreateOrOpen(NameOf(ChannelKills.NameOf(BroadcastKills.Name, ledger), isOverrun), options);
    }

    /// <summary>For those of a process that have none of their own.</summary>
    public Broadcast SharedOf(bool isOverrun) => (isOverrun ? _overrun : _waiting).Value;
}
