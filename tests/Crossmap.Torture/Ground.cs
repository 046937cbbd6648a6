namespace Crossmap.Torture;

/// <summary>What a scripted process finds under the name it is about to use.</summary>
internal enum Ground
{
    /// <summary>Nothing.</summary>
    Free,

    /// <summary>The file of an object whose holder was killed.</summary>
    Leftover,

    /// <summary>An object that somebody holds.</summary>
    Held,

    /// <summary>A semaphore without a count, on which somebody sleeps.</summary>
    Awaited,
}
