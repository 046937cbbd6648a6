namespace Crossmap.Compatibility.Waiting;

/// <summary>Times and names, from the framework's to the library's.</summary>
internal static class Waits
{
    public static TimeSpan TimeOf(int millisecondsTimeout) => TimeSpan.FromMilliseconds(millisecondsTimeout);
}
