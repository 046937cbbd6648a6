namespace Crossmap.Channels;

/// <summary>One participant of a channel, as <see cref="ChannelInfo"/> found it: an object of a process that has the channel open.</summary>
public sealed record ChannelParticipant
{
    internal ChannelParticipant()
    {
    }

    /// <summary>Its place in the channel, from 0. Two at a time never have the same.</summary>
    public required int Place { get; init; }

    /// <summary>Whether the kernel holds the place for it. If not its process died, and nobody has needed to finish for it yet.</summary>
    public required bool IsAlive { get; init; }

    /// <summary>The process, by its own account: as it counts itself in its PID namespace. Null for one that is just joining.</summary>
    public required int? ProcessId { get; init; }

    /// <summary>What it has done so far, or waits to do.</summary>
    public required ParticipantRoles Roles { get; init; }

    /// <summary>Messages that it committed; requests that it sent, and replies that it gave.</summary>
    public required long Written { get; init; }

    /// <summary>Messages that it released; replies that it read.</summary>
    public required long Read { get; init; }

    /// <summary>Messages that it missed.</summary>
    public required long Lost { get; init; }

    /// <summary>Of a subscriber of a broadcast: the message that it reads next, counted as <see cref="ChannelInfo.Next"/> is.</summary>
    public required long Position { get; init; }

    /// <summary>Messages that it is writing at this moment.</summary>
    public required int Claims { get; init; }

    /// <summary>Messages that it has taken and not released, requests that it has not answered; not of a broadcast. For a queue of one producer and one consumer: those of the consumer.</summary>
    public required int Held { get; init; }

    /// <summary>The place of whom it waits for, to commit or to release something; null when it waits for nobody in particular.</summary>
    public required int? WaitsFor { get; init; }

    /// <summary>
    /// Whether its process is stopped, by a signal or a debugger, so that whoever waits for it waits until it goes on. Null where it cannot be told:
    /// for the dead, and on Windows.
    /// </summary>
    public required bool? IsStopped { get; init; }
}
