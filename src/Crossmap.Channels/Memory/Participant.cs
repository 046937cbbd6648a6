using Crossmap.Channels.Inspection;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels.Memory;

/// <summary>A place of a channel that this object has. The kernel drops it with the process.</summary>
internal sealed unsafe class Participant : IDisposable
{
    private readonly ChannelMemory _memory;
    private readonly IDisposable _place;

    private Participant(ChannelMemory memory, int number, IDisposable place)
    {
        _memory = memory;
        _place = place;
        Number = number;
        Record = memory.Participants + number;
        Incarnation = (ulong)Random.Shared.NextInt64(1, 1L << 48);
        *Record = new ParticipantRecord { Process = Environment.ProcessId, Incarnation = Incarnation };
        ChannelMetrics.Joined(memory, this);
    }

    /// <summary>The place.</summary>
    public int Number { get; }

    /// <summary>Tells it from the place's earlier and later holders; 48 bits at random, never 0.</summary>
    public ulong Incarnation { get; }

    /// <summary>Written by this participant alone.</summary>
    public ParticipantRecord* Record { get; }

    /// <summary>The first place that is empty. What its last holder left is still to be recovered.</summary>
    /// <exception cref="IOException">1450: all are taken.</exception>
    public static Participant Take(ChannelMemory memory)
    {
        // Where nobody seems to be first: asking the kernel for each that is taken would cost a call.
        for (int pass = 0; pass < 2; pass++)
        {
            for (int number = 0; number < ChannelHeader.ConstructionPlace; number++)
            {
                if ((pass == 1 || memory.Participants[number].Process == 0) && TryTake(memory, number) is { } taken)
                {
                    return taken;
                }
            }
        }

        throw Errors.Of(ERROR_NO_SYSTEM_RESOURCES, $"{ChannelHeader.ConstructionPlace} participants have {memory.Target} open; there is no place for another.");
    }

    /// <summary>Null when somebody has it.</summary>
    public static Participant? TryTake(ChannelMemory memory, int number) => memory.Places.TryTake(number) is { } place ? new Participant(memory, number, place) : null;

    /// <summary>Leaves. What it held must be nobody's by now.</summary>
    public void Dispose()
    {
        ChannelMetrics.Left(_memory, this);
        *Record = default;
        _place.Dispose();
    }
}
