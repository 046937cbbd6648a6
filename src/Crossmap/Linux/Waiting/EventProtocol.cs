namespace Crossmap.Linux;

/// <summary>
/// The event: a state word whose value tells whether it is set, and of those who were waiting at a certain moment that they are satisfied
/// whatever happened since.
/// </summary>
/// <remarks>
/// Of a manual-reset event bit 0 says that it is set, and the rest counts the times that it was set or pulsed: a waiter who came before
/// the last of them is satisfied, though it was reset since. Of an auto-reset event bit 0 says that it is set, and bit 1 that a pulse
/// found somebody waiting, who will take it: who only tries does not see it.
/// </remarks>
internal static class EventProtocol
{
    private const uint IsSetBit = 1, PulseBit = 2, OneTime = 2;

    public static uint Initial(bool isSet) => isSet ? IsSetBit : 0;

    public static bool IsSet(ulong state) => (WaitProtocol.ValueOf(state) & IsSetBit) != 0;

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

            if (WaitProtocol.TryGive(ref word, state, manual ? unchecked(value + OneTime) | IsSetBit : value | IsSetBit, Sleepers(manual)))
            {
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
            uint next = manual ? unchecked(value + OneTime) : (uint)state == 0 ? value : value | PulseBit;
            if (WaitProtocol.TryGive(ref word, state, next, Sleepers(manual)))
            {
                return;
            }
        }
    }

    private static int Sleepers(bool manual) => manual ? WaitProtocol.EverySleeper : 1;

    public readonly struct Manual : ISignal
    {
        public bool WakesAll => true;

        public bool IsThere(uint value, uint arrived, bool waits) => (value & IsSetBit) != 0 || (value ^ arrived) >= OneTime;

        public uint Take(uint value, bool waits) => value;
    }

    public readonly struct Auto : ISignal
    {
        public bool WakesAll => false;

        public bool IsThere(uint value, uint arrived, bool waits) => (value & (waits ? IsSetBit | PulseBit : IsSetBit)) != 0;

        public uint Take(uint value, bool waits) => waits && (value & PulseBit) != 0 ? value & ~PulseBit : value & ~IsSetBit;
    }
}
