using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>
/// Places as locks of open file descriptions: on bytes of the object's file for memory; for a file on those of its entry, which all its names
/// share, never on the user's own. A taker has the write lock. A watcher waits for the read lock, so that all watchers get it at once, and
/// drops it again; so a read lock says nothing.
/// </summary>
internal sealed class LinuxPlaces : Places
{
    /// <summary>
    /// A flag of every descriptor of places, by which a listing tells them from handles. It has no meaning for what is never written through.
    /// </summary>
    public const int Mark = O_APPEND;

    /// <summary>The lock byte of place 0: behind all other locks of object files and entries, whatever is added to them.</summary>
    public const long First = 1L << 40;

    /// <summary>Tries against watchers' read locks, each of which is there for two calls.</summary>
    private const int MostTries = 10_000;

    /// <summary>Never locked through, so that it sees this process's own locks, and lets go of none when it is closed.</summary>
    private readonly SafeFileHandle _file;

    /// <summary>
    /// Held as a view holds it, also by each place that is taken: without a holder the entry is buried, and the file's next one has other places.
    /// </summary>
    private readonly MappedFileEntry? _entry;

    private LinuxPlaces(SafeFileHandle file, MappedFileEntry? entry)
    {
        _file = file;
        _entry = entry;
    }

    /// <summary>Those of memory. Its name is not held: it ends with the last handle.</summary>
    public static LinuxPlaces Of(StoreHandle memory) => new(memory.OpenApart(O_RDONLY | Mark), entry: null);

    /// <summary>Those of a file.</summary>
    public static LinuxPlaces Of(MappedFileEntry file)
    {
        MappedFileEntry entry = file.Duplicate();
        try
        {
            return new LinuxPlaces(entry.OpenApart(O_RDONLY | Mark), entry);
        }
        catch
        {
            entry.Dispose();
            throw;
        }
    }

    public override IDisposable? TryTake(int place)
    {
        if (IsTaken(place))
        {
            return null;
        }

        var taken = new TakenPlace(OpenAgain(O_RDWR), First + place);
        try
        {
            for (int attempt = 0; !taken.TryLock(); attempt++)
            {
                if (IsTaken(place) || attempt == MostTries)
                {
                    taken.Dispose();
                    return null;
                }

                // A watcher, who is through, and about to drop his lock.
                _ = sched_yield();
            }

            taken.Hold(_entry);
            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    public override bool IsTaken(int place)
    {
        Check(place);
        bool added = false;
        try
        {
            _file.DangerousAddRef(ref added);

            // Asked for a read lock's sake: other watchers are not in its way.
            return TryLockInTheWay((int)_file.DangerousGetHandle(), F_RDLCK, First + place, out short kind)
                ? kind == F_WRLCK
                : throw LinuxError.Last("The places of the section cannot be asked for");
        }
        finally
        {
            if (added)
            {
                _file.DangerousRelease();
            }
        }
    }

    public override bool WaitUntilEmpty(int place)
    {
        Check(place);
        using var watcher = new SafeFileHandle(OpenAgain(O_RDONLY), ownsHandle: true);
        int fd = (int)watcher.DangerousGetHandle();
        if (!AwaitLock(fd, F_RDLCK, First + place))
        {
            throw LinuxError.Last("The place of the section cannot be waited for");
        }

        // By a call, for a forked child may share the descriptor.
        Unlock(fd, First + place);
        return true;
    }

    public override unsafe Doorbell OpenDoorbell(uint* gate, int number) => new LinuxDoorbell(gate);

    public override void Dispose()
    {
        _file.Dispose();
        _entry?.Dispose();
    }

    /// <summary>An open file description of its own: locks of one are never in each other's way, and end together.</summary>
    private int OpenAgain(int flags)
    {
        bool added = false;
        try
        {
            _file.DangerousAddRef(ref added);
            int fd = Reopen((int)_file.DangerousGetHandle(), flags | Mark);
            return fd >= 0 ? fd : throw LinuxError.Last("The places of the section cannot be opened");
        }
        finally
        {
            if (added)
            {
                _file.DangerousRelease();
            }
        }
    }

    /// <summary>A descriptor with the write lock of a place.</summary>
    private sealed class TakenPlace : SafeHandleMinusOneIsInvalid
    {
        private readonly long _at;

        /// <summary>A forked child shares our open file descriptions: if it dropped a lock, ours would be gone.</summary>
        private readonly ProcessMark _opener = ProcessMark.Own;

        private MappedFileEntry? _entry;

        public TakenPlace(int fd, long at)
            : base(ownsHandle: true)
        {
            SetHandle(fd);
            _at = at;
        }

        public bool TryLock() => Lock((int)handle, F_WRLCK, _at) || (Errno is EAGAIN or EACCES ? false : throw LinuxError.Last("The place of the section cannot be taken"));

        public void Hold(MappedFileEntry? entry)
        {
            entry?.AddView();
            _entry = entry;
        }

        protected override bool ReleaseHandle()
        {
            // Dropped by a call, because a forked child keeps the open file description; and before the entry, which has no other places then.
            if (_opener.IsOwn)
            {
                Unlock((int)handle, _at);
            }

            _entry?.RemoveView();
            return close((int)handle) == 0;
        }
    }
}
