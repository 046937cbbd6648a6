using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>
/// A folder in tmpfs that stands for /dev/shm in the processes started with it (CROSSMAP_ROOT), so that a test may do to the store what
/// the machine's own must not suffer. Removed with all that is in it.
/// </summary>
internal sealed class PrivateRoot : IDisposable
{
    /// <param name="mode">Like that of /dev/shm: everybody may make folders, and only their owners may remove them.</param>
    public PrivateRoot(UnixFileMode mode = Shared)
    {
        Linux.Only();
        Path = "/dev/shm/" + UniqueName.Create();
        Directory.CreateDirectory(Path);
        File.SetUnixFileMode(Path, mode);
    }

    public const UnixFileMode Shared = UnixFileMode.StickyBit | (UnixFileMode)0x1FF;

    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Path { get; }

    /// <summary>The folder of <c>Local\</c> of a user.</summary>
    public string LocalOf(int user) => $"{Path}/crossmap-{user.ToString(CultureInfo.InvariantCulture)}";

    public string Local => LocalOf(0);

    public string Global => Path + "/crossmap-global";

    /// <summary>Runs a scenario with this root to its end; what it asserts fails the test.</summary>
    public void Run(Action<string[]> scenario, params string[] arguments) => RunUnder([], scenario, arguments);

    /// <param name="prefix">A command that runs the child.</param>
    /// <param name="scenario">What the child does.</param>
    /// <param name="arguments">What the scenario gets.</param>
    public void RunUnder(string[] prefix, Action<string[]> scenario, params string[] arguments)
    {
        using ChildProcess child = StartUnder(prefix, scenario, arguments);
        child.Finish();
    }

    public ChildProcess Start(Action<string[]> scenario, params string[] arguments) => StartUnder([], scenario, arguments);

    public ChildProcess StartUnder(string[] prefix, Action<string[]> scenario, params string[] arguments) =>
        ChildProcess.Start(scenario, prefix, new Dictionary<string, string> { ["CROSSMAP_ROOT"] = Path }, arguments);

    /// <summary>A prefix for a child that sees a fresh tmpfs in this folder's place, and nobody else does.</summary>
    public string[] OnTmpfs(string options) =>
        ["unshare", "-m", "--propagation", "private", "sh", "-c", $"mount -t tmpfs -o {options} none \"$0\" && exec \"$@\"", Path];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
