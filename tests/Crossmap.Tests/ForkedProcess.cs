using System.Diagnostics;
using System.Runtime.InteropServices;
using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>A child that was forked and not exec'ed has all our descriptors, and must not let go of our locks.</summary>
public sealed unsafe partial class ForkedProcess
{
    private const int WNOHANG = 1, SIGKILL = 9;

    [Fact]
    public void A_forked_child_is_told_from_the_process_that_opened_the_handles()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows forks no processes.");
        ProcessMark mark = ProcessMark.Own;
        Assert.True(mark.IsOwn);

        // Between fork and exit the child may not call into the runtime, whose other threads it does not have: the address of the exit is
        // known before, and neither call is one where the collector could want to stop it.
        var exit = (delegate* unmanaged[SuppressGCTransition]<int, void>)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "_exit");
        int child = ForkAndExit(mark, exit);
        Assert.True(child > 0);
        var watch = Stopwatch.StartNew();
        int status = -1;
        while (waitpid(child, &status, WNOHANG) == 0)
        {
            if (watch.Elapsed > ChildProcess.Watchdog)
            {
                // Ends the loop too, with a status that fails the test.
                _ = kill(child, SIGKILL);
            }

            Thread.Yield();
        }

        Assert.Equal(0, status);
        Assert.True(mark.IsOwn);
    }

    private static int ForkAndExit(ProcessMark mark, delegate* unmanaged[SuppressGCTransition]<int, void> exit)
    {
        int child = fork();
        if (child == 0)
        {
            exit(mark.IsOwn ? 1 : 0);
        }

        return child;
    }

    [LibraryImport("libc")]
    [SuppressGCTransition]
    private static partial int fork();

    [LibraryImport("libc")]
    private static partial int waitpid(int process, int* status, int options);

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
