using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels.Requests;

/// <content>How it finishes for who is dead.</content>
internal sealed unsafe partial class RequestRing
{
    private void ProbeOldest()
    {
        SlotWord word = _ring.ReadWord(_ring.ReadFreed());
        if (word.State != SlotState.Free && word.Owner != _self.Number)
        {
            TryRecover(word.Owner);
        }
    }

    /// <summary>
    /// Finishes for all who are dead; in a file it may be all who ever were. Otherwise a server that comes later would be given what somebody asked long ago.
    /// </summary>
    private void RecoverDead()
    {
        Span<bool> seen = stackalloc bool[SlotWord.MaximumOwners];
        seen[_self.Number] = true;
        for (int place = 0; place < ChannelHeader.ConstructionPlace; place++)
        {
            if (Memory.Participants[place].Process != 0)
            {
                TryRecoverOnce(place, seen);
            }
        }

        // And whose records did not outlive the machine, as their slots did.
        long first = _ring.ReadFreed();
        for (long index = first; index < first + _ring.Slots; index++)
        {
            // Twice: what a dead server had is his client's then, who may be dead as well.
            for (int turn = 0; turn < 2; turn++)
            {
                SlotWord word = _ring.ReadWord(index);
                bool isSomebodys = word.State is not (SlotState.Free or SlotState.Abandoned) && SlotProtocol.IsOf(ref _ring, index, word);
                if (isSomebodys)
                {
                    TryRecoverOnce(word.Owner, seen);
                }
            }
        }
    }

    /// <summary>What a dead participant held as a client is nobody's; what it held as a server is answered for it.</summary>
    protected override void Recover(int place)
    {
        nint armed = Readers.Arm();
        SlotProtocol.Recover(ref _ring, place, claimsOnly: true);
        Readers.Ring();
        Readers.Disarm(armed);
        long first = _ring.ReadFreed();
        for (long index = first; index < first + _ring.Slots; index++)
        {
            SlotWord word = _ring.ReadWord(index);
            if (word.Owner != place || !SlotProtocol.IsOf(ref _ring, index, word))
            {
                continue;
            }

            if (word.State is SlotState.Committed or SlotState.Answered)
            {
                _ring.TryChangeWord(index, word, word.With(SlotState.Abandoned));
            }
            else if (word.State == SlotState.Leased)
            {
                Slot* slot = _ring.Memory.SlotOf(index);
                var asked = new RequestTag(Volatile.Read(ref slot->Tag));
                slot->Second = NoReply;
                if (_ring.TryChangeWord(index, word, word.With(SlotState.Answered, asked.Place)))
                {
                    Announce(BellOf(asked.Place));
                }
            }
        }

        armed = Writers.Arm();
        Writers.Ring();
        Writers.Disarm(armed);
    }
}
