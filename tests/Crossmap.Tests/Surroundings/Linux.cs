using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crossmap.Tests;

/// <summary>What a test needs of the machine; without it the test is skipped with the reason.</summary>
internal static partial class Linux
{
    /// <summary>"nobody", who exists on every system and owns nothing.</summary>
    public const int Nobody = 65534;

    /// <summary>Runs a command as another user, with these groups and no others.</summary>
    public static string[] AsUser(int user, int group) =>
        ["setpriv", "--reuid", $"{user}", "--regid", $"{group}", "--clear-groups"];

    public static void Only() => Assert.SkipUnless(OperatingSystem.IsLinux(), "This is about files in tmpfs, locks and users as Linux has them.");

    /// <summary>Starting processes as other users, and leaving files of theirs.</summary>
    public static void OnlyAsRoot()
    {
        Only();
        Assert.SkipUnless(geteuid() == 0, "Only root can act as another user.");
        Assert.SkipUnless(Succeeds([.. AsUser(Nobody, Nobody), "test", "-x", Environment.ProcessPath!]), "Other users cannot reach this executable, or there is no setpriv.");
    }

    /// <summary>Mounting a small tmpfs that only the child sees.</summary>
    public static void OnlyWithMounts()
    {
        Only();
        Assert.SkipUnless(Succeeds(["unshare", "-m", "--propagation", "private", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]), "Mounts cannot be made here (unshare -m).");
    }

    public static bool Succeeds(string[] command)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public static void Run(params string[] command) => Assert.True(Succeeds(command), $"'{string.Join(' ', command)}' failed.");

    public const int RLIMIT_FSIZE = 1, RLIMIT_NOFILE = 7;

    /// <summary>Sets a limit of this process, for good.</summary>
    public static void Limit(int resource, long value) => Assert.Equal(0, setrlimit(resource, [value, value]));

    /// <summary>Where nothing can be opened any more the runtime cannot load what it has not yet.</summary>
    public static void LoadAllAssemblies()
    {
        foreach (string path in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Where(p => !p.EndsWith("System.Private.CoreLib.dll", StringComparison.Ordinal)))
        {
            System.Runtime.Loader.AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
        }
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, ReadOnlySpan<long> limits);
}
