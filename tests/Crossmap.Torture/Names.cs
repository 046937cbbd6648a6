namespace Crossmap.Torture;

/// <summary>The few names that all workers fight for. Besides them each worker has one of its own, and all share the gate.</summary>
internal static class Names
{
    public const int MemoryA = 0, MemoryB = 1, Global = 2, File = 3, Semaphore = 4, Count = 5;

    /// <summary>A semaphore that the controller holds all the time, whose counts are kept account of.</summary>
    public const string Gate = "torture-gate";

    /// <summary>Bytes of every memory object.</summary>
    public const int MemorySize = 64 * 1024;

    /// <summary>The files that <see cref="File"/> may lead to, from one moment to the next.</summary>
    public const int DataFiles = 3;

    public static string Of(int name) => name switch
    {
        MemoryA => "torture-memory-a",
        MemoryB => "torture-memory-b",
        Global => @"Global\torture-global",
        File => "torture file",
        _ => "torture-semaphore",
    };

    /// <summary><c>Global\</c> needs a folder that only root may make.</summary>
    public static bool IsUsable(int name) => name != Global || Environment.IsPrivilegedProcess;

    /// <summary>Only this worker uses it: when the worker is dead, so is the name.</summary>
    public static string PrivateOf(int worker) => $"torture-private-{worker}";
}
