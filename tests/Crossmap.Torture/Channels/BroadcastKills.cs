using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>
/// Kills among publishers and subscribers. Every subscriber gets every message that was committed since it came, and who died holds no publisher up;
/// where publishers do not wait, each message is either received or counted as missed.
/// </summary>
internal sealed class BroadcastKills : ChannelKills
{
    public const string Name = "broadcasts";

    private const int Threads = 7, FirstOverrun = 4;

    private static readonly TimeSpan BetweenQuietMoments = TimeSpan.FromMilliseconds(300);

    private Broadcast? _waiting, _overrun;
    private long _missed, _exact;

    public BroadcastKills(RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random)
        : base(folder, control, violations, options, random, Name, Threads, BetweenQuietMoments)
    {
    }

    public override string Summary => $"{base.Summary}; {_missed} counted as missed, and {_exact} such counts compared with the account";

    public static ChannelThread[] ThreadsOf(WorkerOfChannels worker)
    {
        var objects = new BroadcastObjects(worker.Folder, worker.Ledger);
        return
        [
            .. Enumerable.Range(0, Threads).Select(thread => new BroadcastThread(worker, objects, thread,
                IsSenderThread(thread) ? ChannelRole.Sender : ChannelRole.Receiver, IsOverrun(thread))),
        ];
    }

    protected override void OpenAnchor()
    {
        _waiting = BroadcastObjects.OpenOne(Folder, Ledger, isOverrun: false);
        _overrun = BroadcastObjects.OpenOne(Folder, Ledger, isOverrun: true);
    }

    protected override void CloseAnchor()
    {
        _waiting!.Dispose();
        _overrun!.Dispose();
    }

    protected override bool IsThere(string name)
    {
        bool isThere = false;
        foreach (bool isOverrun in new[] { false, true })
        {
            if (Broadcast.TryOpen(BroadcastObjects.NameOf(name, isOverrun), out Broadcast? broadcast))
            {
                isThere = true;
                broadcast.Dispose();
            }
        }

        return isThere;
    }

    protected override void RemoveFile(string path)
    {
        File.Delete(BroadcastObjects.NameOf(path, isOverrun: false));
        File.Delete(BroadcastObjects.NameOf(path, isOverrun: true));
    }

    protected override bool IsSender(int slot) => IsSenderThread(SyncSlot.ThreadOf(slot));

    /// <summary>Whether all subscribers that live have, or count as missed, what surely was published since they came.</summary>
    protected override bool IsEmpty() => Slots.All(slot =>
        Volatile.Read(ref Ledger.NoteOf(slot).IsSubscribed) == 0 || (IsOverrun(slot % SyncSlot.MostThreads) ? Got(slot) >= Published(slot).Surely : HasAll(slot)));

    protected override void Bury(ref SyncSlot slot, int number) => Ledger.NoteOf(number) = default;

    protected override void Settle(string when)
    {
        bool isDrained = IsDrained();
        foreach (int slot in Slots)
        {
            ref Ledger.Note note = ref Ledger.NoteOf(slot);
            if (note.IsSubscribed != 0 && IsOverrun(SyncSlot.ThreadOf(slot)))
            {
                (long surely, long perhaps) = Published(slot);
                long got = Got(slot);
                if (got > surely + perhaps + note.Uncertain)
                {
                    Violations.Add(
                        $"{when}: {Ledger.Describe(slot)} has received {note.Received} and missed {note.Missed} messages, {got} of them since the last settlement; {surely} were published since, and at most {perhaps + note.Uncertain} more");
                }

                _exact += note.Uncertain == 0 ? 1 : 0;
                _missed += note.Missed;

                // Whoever came when something was there already may have enough without having all of it: the rest is for the next account.
                note.Uncertain = isDrained ? 0 : Math.Max(0, surely + perhaps + note.Uncertain - got);
            }

            (long sent, _) = Ledger.CountFrom(slot, 0);
            Sent += sent;
            ref Ledger.Lane lane = ref Ledger.LaneOf(slot);
            for (long sequence = lane.Settled; sequence < lane.Next; sequence++)
            {
                Received += Ledger.EntryOf(slot, sequence).Deliveries;
            }
        }

        Ledger.Settle(Slots);
        foreach (int slot in Slots.Where(slot => Ledger.NoteOf(slot).IsSubscribed != 0))
        {
            // Nobody publishes now: from here on its account begins anew.
            ref Ledger.Note note = ref Ledger.NoteOf(slot);
            note.Before = note.Received + note.Missed;
            foreach (int lane in Slots)
            {
                Ledger.RowOf(slot)[lane] = Ledger.LaneOf(lane).Next;
            }
        }
    }

    /// <summary>Whether nothing is left to any subscriber that may be overrun. Not always where it is so: behind a message that was given up a subscriber may sleep.</summary>
    private bool IsDrained()
    {
        ChannelInfo info = Inspect(name => BroadcastObjects.NameOf(name, isOverrun: true));
        return info.Participants.All(one => !one.IsAlive || (one.Roles & ParticipantRoles.Reader) == 0 || one.Position == info.Next);
    }

    private static bool IsSenderThread(int thread) => thread is 0 or 1 or FirstOverrun;

    private static bool IsOverrun(int thread) => thread >= FirstOverrun;

    private long Got(int slot)
    {
        ref Ledger.Note note = ref Ledger.NoteOf(slot);
        return Volatile.Read(ref note.Received) + Volatile.Read(ref note.Missed) - note.Before;
    }

    private (long Surely, long Perhaps) Published(int slot)
    {
        (long surely, long perhaps) = (0, 0);
        foreach (int lane in Slots.Where(lane => IsSender(lane) && IsOverrun(SyncSlot.ThreadOf(lane))))
        {
            (long more, long moreOrNot) = Ledger.CountFrom(lane, Ledger.RowOf(slot)[lane]);
            surely += more;
            perhaps += moreOrNot;
        }

        return (surely, perhaps);
    }

    private bool HasAll(int slot) => Slots.Where(lane => IsSender(lane) && !IsOverrun(SyncSlot.ThreadOf(lane)))
        .All(lane => Ledger.FindSent(lane, Volatile.Read(ref Ledger.RowOf(slot)[lane]), Ledger.LaneOf(lane).Next) < 0);
}
