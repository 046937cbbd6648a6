using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>
/// The reader-writer lock: owner words in the kernel's own layout (<see cref="MutexProtocol"/>), one for the writer and a slot for each
/// reader, and a mark that a writer is inside.
/// </summary>
/// <remarks>
/// <para>A reader owns a slot, and is inside when he has seen after that that nobody owns the writer's word. A writer owns the writer's
/// word, and is inside when he has seen after that each slot free once. Each writes before it reads, with a full barrier between, so of two
/// who come together one sees the other: the reader gives way. So readers who come later never keep a waiting writer out.</para>
/// <para>The kernel gives all these words up for the dead. A dead reader leaves nothing. A dead writer leaves <see cref="IReaderWriterWords{TWord}.IsWriting"/>,
/// if he was inside: the next one finds it and is told, and takes it away when he leaves. Who died waiting to get inside has changed nothing,
/// and nobody is told: so the kernel's mark in the writer's word is not looked at.</para>
/// <para>A thread can be armed for one word. So a reader who gives way sleeps on the writer's word without his slot, takes nothing from the
/// wake-up, and hands it on before he turns to a slot again: so all readers come in when a writer leaves.</para>
/// </remarks>
internal static class ReaderWriterProtocol
{
    /// <summary>Enters for reading. <see cref="WaitResult.TimedOut"/>: not inside, and <paramref name="end"/> tells why.</summary>
    /// <param name="words">Of the lock.</param>
    /// <param name="waits">False only tries.</param>
    /// <param name="slot">Which one the thread owns now.</param>
    /// <param name="end">Why not.</param>
    public static WaitResult EnterRead<TLock, TWord>(ref TLock words, bool waits, out int slot, out SleepEnd end)
        where TLock : struct, IReaderWriterWords<TWord>
        where TWord : struct, IAwaitedOwnerWord
    {
        while (TryTakeSlot<TLock, TWord>(ref words, waits, out slot, out end))
        {
            // SYNC POINT with EnterWrite: behind the slot's full barrier.
            TWord writer = words.Writer;
            if (MutexProtocol.OwnerOf(writer.Read()) == 0)
            {
                // It stays as it is while the slot is ours: only who is inside changes it.
                return words.IsWriting ? WaitResult.Abandoned : WaitResult.Signaled;
            }

            TWord own = words.Slot(slot);
            MutexProtocol.Release(ref own);
            if (!waits || !AwaitFree(ref writer, out end))
            {
                break;
            }
        }

        slot = -1;
        return WaitResult.TimedOut;
    }

    public static void ExitRead<TLock, TWord>(ref TLock words, int slot)
        where TLock : struct, IReaderWriterWords<TWord>
        where TWord : struct, IAwaitedOwnerWord
    {
        TWord own = words.Slot(slot);
        MutexProtocol.Release(ref own);
    }

    /// <summary>Enters for writing. <see cref="WaitResult.TimedOut"/>: not inside, and <paramref name="end"/> tells why.</summary>
    /// <param name="words">Of the lock.</param>
    /// <param name="waits">False only tries.</param>
    /// <param name="end">Why not.</param>
    public static WaitResult EnterWrite<TLock, TWord>(ref TLock words, bool waits, out SleepEnd end)
        where TLock : struct, IReaderWriterWords<TWord>
        where TWord : struct, IAwaitedOwnerWord
    {
        TWord writer = words.Writer;
        end = SleepEnd.LookAgain;
        if ((waits ? MutexProtocol.Wait(ref writer, out end) : MutexProtocol.TryTake(ref writer)) == WaitResult.TimedOut)
        {
            return WaitResult.TimedOut;
        }

        // SYNC POINT with EnterRead: behind the writer's full barrier. Once seen free is enough: who takes the slot now will see us.
        for (int slot = 0; slot < words.Slots; slot++)
        {
            TWord reader = words.Seen(slot);
            if (MutexProtocol.OwnerOf(reader.Read()) != 0 && !(waits && AwaitFree(ref reader, out end)))
            {
                MutexProtocol.Release(ref writer);
                return WaitResult.TimedOut;
            }
        }

        if (words.IsWriting)
        {
            return WaitResult.Abandoned;
        }

        words.IsWriting = true;
        return WaitResult.Signaled;
    }

    public static void ExitWrite<TLock, TWord>(ref TLock words)
        where TLock : struct, IReaderWriterWords<TWord>
        where TWord : struct, IAwaitedOwnerWord
    {
        // First: who dies before this line dies inside.
        words.IsWriting = false;
        TWord writer = words.Writer;
        MutexProtocol.Release(ref writer);
    }

    private static bool TryTakeSlot<TLock, TWord>(ref TLock words, bool waits, out int slot, out SleepEnd end)
        where TLock : struct, IReaderWriterWords<TWord>
        where TWord : struct, IAwaitedOwnerWord
    {
        end = SleepEnd.LookAgain;
        int first = words.FirstSlot;
        slot = first;
        do
        {
            if (MutexProtocol.OwnerOf(words.Seen(slot).Read()) == 0)
            {
                TWord free = words.Slot(slot);
                if (MutexProtocol.TryTake(ref free) != WaitResult.TimedOut)
                {
                    return true;
                }
            }

            slot = slot + 1 == words.Slots ? 0 : slot + 1;
        }
        while (slot != first);

        // All are taken: asleep for one of them, whichever is given up first.
        TWord own = words.Slot(first);
        return waits && MutexProtocol.Wait(ref own, out end) != WaitResult.TimedOut;
    }

    /// <summary>Sleeps until nobody owns the word, and takes nothing. False: time over or cancelled, and <paramref name="end"/> tells which.</summary>
    private static bool AwaitFree<TWord>(ref TWord word, out SleepEnd end)
        where TWord : struct, IAwaitedOwnerWord
    {
        // SYNC POINT with MutexProtocol.Release, and with the kernel at this thread's death: armed from before the first sleep until what came
        // to us has been handed on.
        word.Arm();
        end = SleepEnd.LookAgain;
        bool isFree;
        while (true)
        {
            uint seen = word.Read();
            isFree = MutexProtocol.OwnerOf(seen) == 0;
            if (isFree || end != SleepEnd.LookAgain)
            {
                break;
            }

            if (word.Spin() || ((seen & MutexProtocol.Waiting) == 0 && !word.TryChange(seen, seen | MutexProtocol.Waiting)))
            {
                continue;
            }

            end = word.Sleep(seen | MutexProtocol.Waiting);
        }

        MutexProtocol.HandOn(ref word);
        return isFree && end != SleepEnd.Cancelled;
    }
}
