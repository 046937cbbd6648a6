namespace Crossmap.Testing;

/// <summary>Names and files that no other test, and no other run on this machine, uses.</summary>
internal static class UniqueName
{
    private static int s_next;

    public static string Create() => $"crossmap-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_next)}";
}
