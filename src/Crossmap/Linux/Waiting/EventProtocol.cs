namespace Crossmap.Linux;

/// <summary>
/// The event: a state word whose value tells whether it is set, and of those who were waiting at a certain moment that they are satisfied
/// whatever happened since.
/// </summary>
/// <remarks>
/// <para>Of a manual-reset event bit 0 says that it is set, and the rest counts the times that it was set or pulsed: a waiter who came before
/// the last of them is satisfied, though it was reset since.</para>
/// <para>Of an auto-reset event bit 0 says that it is set, and bit 1 that it was set or pulsed for somebody who slept, and who will take it: who only
/// tries does not see that, and no reset takes it away. The rest counts how often that was, so that a giver who then finds nobody asleep
/// takes back what he gave himself. Sets and pulses that follow each other before the one who was woken runs may satisfy him alone.</para>
/// <para>A condition is a manual-reset event that is only pulsed: bit 0 stays 0.</para>
/// </remarks>
internal static class EventProtocol
{
    private const uint IsSetBit = 1, HandedBit = 2, OneTime = 2, OneHanded = 4;

    public static uint Initial(bool isSet) => isSet ? IsSetBit : 0;

    /// <summary>A change that was not announced yet has not happened yet.</summary>
    public static bool IsSet(ulong state) => (WaitProtocol.ValueOf(state) & IsSetBit) != 0 && (uint)state != WaitProtocol.Everybody;

    public static void Set<TWord>(ref TWord word, bool manual)
        where TWord : struct, IStateWord
    {
        while (true)
        {
            ulong state = word.Read();
            uint value = WaitProtocol.ValueOf(state);
            if ((value & IsSetBit) != 0 && (uint)state != WaitProtocol.Everybody)
            {
                return;
            }

            bool hands = !manual && (uint)state == WaitProtocol.Waiting;
            uint next = manual ? unchecked(value + OneTime) | IsSetBit : hands ? Handed(value) : value | IsSetBit;
            if (WaitProtocol.TryGive(ref word, state, next, Sleepers(manual), out bool wokeNobody))
            {
                if (hands && wokeNobody)
                {
                    TakeBack(ref word, next, IsSetBit);
                }

                return;
            }
        }
    }

    public static void Reset<TWord>(ref TWord word)
        where TWord : struct, IStateWord
    {
        while (true)
        {
            ulong state = word.Read();
            if ((uint)state == WaitProtocol.Everybody)
            {
                // Whoever it was set for must hear of it first.
                word.OpenGate();
                continue;
            }

            ulong next = state & ~((ulong)IsSetBit << 32);
            if (next == state || word.TryChange(state, next))
            {
                return;
            }
        }
    }

    /// <summary>Satisfies those who wait now, all of a manual-reset event or one of an auto-reset one, and leaves it reset.</summary>
    public static void Pulse<TWord>(ref TWord word, bool manual)
        where TWord : struct, IStateWord
    {
        while (true)
        {
            ulong state = word.Read();
            uint value = WaitProtocol.ValueOf(state) & ~IsSetBit;
            if (!manual && (uint)state is not (WaitProtocol.Waiting or WaitProtocol.Everybody))
            {
                // Nobody sleeps, or somebody who waits for several objects: he may leave without it, and then it would wait for a later one.
                if (word.TryChange(state, WaitProtocol.State(value, (uint)state)))
                {
                    return;
                }

                continue;
            }

            uint next = manual ? unchecked(value + OneTime) : Handed(value);
            if (WaitProtocol.TryGive(ref word, state, next, Sleepers(manual), out bool wokeNobody))
            {
                if (!manual && wokeNobody)
                {
                    TakeBack(ref word, next, instead: 0);
                }

                return;
            }
        }
    }

    private static uint Handed(uint value) => unchecked(value + OneHanded) | HandedBit;

    /// <summary>What was handed to a sleeper, and there was none, is as if nobody had waited; unless somebody has come and taken it.</summary>
    private static void TakeBack<TWord>(ref TWord word, uint handed, uint instead)
        where TWord : struct, IStateWord
    {
        while (true)
        {
            ulong state = word.Read();
            uint value = WaitProtocol.ValueOf(state);
            if (((value ^ handed) & ~IsSetBit) != 0 || word.TryChange(state, WaitProtocol.State((value & ~HandedBit) | instead, (uint)state)))
            {
                return;
            }
        }
    }

    private static int Sleepers(bool manual) => manual ? WaitProtocol.EverySleeper : 1;

    public readonly struct Manual : ISignal
    {
        public bool WakesAll => true;

        public uint Bits => IsSetBit;

        public bool IsThere(uint value, uint arrived, bool waits) => (value & IsSetBit) != 0 || (value ^ arrived) >= OneTime;

        public uint Take(uint value, bool waits) => value;
    }

    public readonly struct Auto : ISignal
    {
        public bool WakesAll => false;

        public uint Bits => IsSetBit | HandedBit;

        public bool IsThere(uint value, uint arrived, bool waits) => (value & (waits ? IsSetBit | HandedBit : IsSetBit)) != 0;

        public uint Take(uint value, bool waits) => waits && (value & HandedBit) != 0 ? value & ~HandedBit : value & ~IsSetBit;
    }
}
