using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>
/// Kills among clients and servers. Each request comes to one server at most, and its client gets the right reply, or learns that there will be none because
/// the server that had it died or gave it up; and never waits on.
/// </summary>
internal sealed class RequestKills : ChannelKills
{
    public const string Name = "requests";

    private const int Threads = 5, Clients = 3;

    private static readonly TimeSpan BetweenQuietMoments = TimeSpan.FromMilliseconds(300);

    private RequestReply? _anchor;

    public RequestKills(RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random)
        : base(folder, control, violations, options, random, Name, Threads, BetweenQuietMoments)
    {
    }

    public override string Summary => $"{base.Summary}; {Sum((in SyncSlot slot) => slot.Signals)} replies, and {Ledger.Shared.Abandoned} requests called abandoned";

    public static ChannelThread[] ThreadsOf(WorkerOfChannels worker)
    {
        var shared = new Lazy<RequestReply>(() => OpenOne(worker.Folder, worker.Ledger));
        return [.. Enumerable.Range(0, Threads).Select(thread => new RequestThread(worker, shared, thread, thread < Clients ? ChannelRole.Sender : ChannelRole.Receiver))];
    }

    public static RequestReply OpenOne(RunFolder folder, Ledger ledger)
    {
        var options = new RequestReplyOptions { Capacity = 16 * 1024, MaximumRequests = 16 };
        return FileOf(folder, Name, ledger) is { } path ? RequestReply.CreateOrOpenFile(path, options) : RequestReply.CreateOrOpen(NameOf(Name, ledger), options);
    }

    /// <summary>Whether somebody surely serves who was not struck.</summary>
    public static bool IsServed(ControlBlock control, Ledger ledger)
    {
        for (int slot = 0; slot < control.Shared.Slots; slot++)
        {
            if (Volatile.Read(ref ledger.NoteOf(slot).IsSubscribed) != 0 && !control.WasKilled(slot, control.Life(SyncSlot.ProcessOf(slot)).Current))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Another number after each death, which is said before the blow, and each leave of a server.</summary>
    public static long Ends(ControlBlock control, Ledger ledger)
    {
        long ends = Volatile.Read(ref ledger.Shared.Leaves);
        for (int process = 0; process <= SyncSlot.ProcessOf(control.Shared.Slots - 1); process++)
        {
            ends += Volatile.Read(ref control.Life(process).Killed);
        }

        return ends;
    }

    protected override void OpenAnchor() => _anchor = OpenOne(Folder, Ledger);

    protected override void CloseAnchor() => _anchor!.Dispose();

    protected override bool IsThere(string name)
    {
        bool isThere = RequestReply.TryOpen(name, out RequestReply? channel);
        channel?.Dispose();
        return isThere;
    }

    protected override bool IsSender(int slot) => SyncSlot.ThreadOf(slot) < Clients;

    /// <summary>When all who ask have parked, each has come to the end of his requests.</summary>
    protected override bool IsEmpty() => true;

    protected override void Bury(ref SyncSlot slot, int number) => Ledger.NoteOf(number) = default;

    protected override void Settle(string when)
    {
        foreach (int slot in Slots)
        {
            Sent += Ledger.CountFrom(slot, 0).Surely;
            ref Ledger.Lane lane = ref Ledger.LaneOf(slot);
            for (long sequence = lane.Settled; sequence < lane.Next; sequence++)
            {
                Received += Ledger.EntryOf(slot, sequence).Deliveries;
            }
        }

        Ledger.Settle(Slots);
    }
}
