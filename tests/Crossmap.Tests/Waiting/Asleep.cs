using System.Diagnostics;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Waits until a child that has said that it waits is asleep in the kernel, so that what comes next comes after.</summary>
internal static class Asleep
{
    /// <summary>Only Linux tells; elsewhere the test ends here, skipped.</summary>
    public static void Await(ChildProcess child, string name)
    {
        Linux.Only();
        var watch = Stopwatch.StartNew();
        while (NamedObjects.Find(name)?.HasWaiters != true || !IsInFutex(child))
        {
            Assert.True(watch.Elapsed < ChildProcess.Watchdog, "The child does not fall asleep.");
            Thread.Yield();
        }
    }

    /// <summary>In futex, or in futex_waitv. The main thread: the others of a runtime sleep on futexes of their own.</summary>
    private static bool IsInFutex(ChildProcess child) => File.ReadAllText($"/proc/{child.Id}/syscall").Split(' ')[0] is "202" or "449";
}
