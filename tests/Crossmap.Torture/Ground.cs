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

    /// <summary>An object that cannot be had at the moment, and for which somebody else sleeps too.</summary>
    Awaited,
}
