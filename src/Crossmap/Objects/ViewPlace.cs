namespace Crossmap.Objects;

/// <summary>Where in a view an object lies: on a cache line of its own, inside the view, which is shared and may be written. All of it was checked.</summary>
/// <param name="View">The view.</param>
/// <param name="Offset">Bytes from its first mapped one.</param>
internal readonly record struct ViewPlace(View View, long Offset)
{
    /// <summary>Bytes that an object takes, and a multiple of which its address is: so it never straddles a page.</summary>
    public const int Length = 64;
}
