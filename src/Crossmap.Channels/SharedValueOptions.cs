namespace Crossmap.Channels;

/// <summary>How a <see cref="SharedValue{T}"/> is made. What exists keeps what it was made with.</summary>
public sealed record SharedValueOptions
{
    /// <summary>A number for the type of the value: who creates or opens the value with another one is refused. The type's size is compared in any case.</summary>
    public ulong Schema { get; init; }

    /// <summary>Who may open the value by its name.</summary>
    public ObjectAudience Audience { get; init; }
}
