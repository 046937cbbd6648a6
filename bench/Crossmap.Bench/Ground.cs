using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crossmap.Bench;

/// <summary>
/// Where the bench works: a store of its own in tmpfs, so that it meets nobody's objects, and a folder on disk for what is flushed there
/// and for the compiled C. Both go when it ends, and when it is interrupted; what a killed bench left, the next one removes.
/// </summary>
internal sealed class Ground : IDisposable
{
    private const string Prefix = "crossmap-bench-";

    private static readonly string[] Places = ["/dev/shm", "/var/tmp"];

    private readonly List<FileStream> _owned = [];
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly List<Process> _peers = [];

    public Ground()
    {
        foreach (string place in Places)
        {
            RemoveLeftovers(place);
        }

        Store = Own(Places[0]);
        Scratch = Own(Places[1]);
        Environment.SetEnvironmentVariable("CROSSMAP_ROOT", Store);
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Remove();
                Environment.Exit(130);
            }));
        }
    }

    /// <summary>On tmpfs: the library's folders lie in it, and the files of the plain C beside them.</summary>
    public string Store { get; }

    /// <summary>On disk: /var/tmp, since /tmp may be a tmpfs, and /dev/shm may forbid to load code.</summary>
    public string Scratch { get; }

    /// <summary>A process that must not outlive the bench.</summary>
    public void Adopt(Process peer)
    {
        lock (_peers)
        {
            _peers.Add(peer);
        }
    }

    public void Release(Process peer)
    {
        lock (_peers)
        {
            _peers.Remove(peer);
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }

        Remove();
    }

    private void Remove()
    {
        lock (_peers)
        {
            foreach (Process peer in _peers)
            {
                if (!peer.HasExited)
                {
                    peer.Kill();
                    peer.WaitForExit();
                }
            }

            _peers.Clear();
        }

        foreach (FileStream owner in _owned)
        {
            string folder = Path.GetDirectoryName(owner.Name)!;
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            owner.Dispose();
        }
    }

    private string Own(string place)
    {
        DirectoryInfo folder = Directory.CreateDirectory(
            Path.Combine(place, Prefix + Environment.ProcessId), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _owned.Add(new FileStream(OwnerOf(folder.FullName), FileMode.Create, FileAccess.ReadWrite, FileShare.None));
        return folder.FullName;
    }

    /// <summary>The kernel drops the owner's lock with the owner: what can be locked is nobody's any more.</summary>
    private static void RemoveLeftovers(string place)
    {
        foreach (string folder in Directory.EnumerateDirectories(place, Prefix + "*"))
        {
            try
            {
                using (new FileStream(OwnerOf(folder), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another bench's that runs, or another user's.
            }
        }
    }

    private static string OwnerOf(string folder) => Path.Combine(folder, ".owner");
}
