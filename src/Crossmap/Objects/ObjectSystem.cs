namespace Crossmap.Objects;

/// <summary>
/// The seam between the public types and a system. One instance serves the process. Everything above it is the same code on Linux and
/// on Windows; everything below speaks Win32's semantics and fails with <see cref="Errors.Of"/>.
/// Names are parsed already; all other arguments arrive as the caller gave them, and the system checks them in Win32's order.
/// </summary>
internal abstract class ObjectSystem
{
    /// <summary>Offsets and addresses of views are multiples of this, on every system (fact 131).</summary>
    public const int AllocationGranularity = 64 * 1024;

    public static ObjectSystem Current { get; } = Choose();

    /// <summary><c>CreateFileMapping</c>: opens what the name leads to when it exists (<see cref="Section.CreatedNew"/> tells).</summary>
    public abstract Section CreateSection(in SectionRequest request);

    /// <summary><c>OpenFileMapping</c>; null when there is no such name.</summary>
    public abstract Section? OpenSection(ObjectName name, MappingRights rights, bool inheritable);

    /// <summary>A section whose inheritable handle was made by a parent process (<see cref="Section.InheritableHandle"/>).</summary>
    public abstract Section AdoptSection(string inherited);

    /// <summary><c>CreateSemaphore</c>: opens what the name leads to when it exists, whatever the counts (fact 227).</summary>
    public abstract Semaphore CreateSemaphore(ObjectName name, int initialCount, int maximumCount, ObjectAudience audience);

    /// <summary><c>OpenSemaphore</c>; null when there is no such name.</summary>
    public abstract Semaphore? OpenSemaphore(ObjectName name);

    /// <summary><c>CreateEvent</c>: opens what the name leads to when it exists, whatever its mode and state.</summary>
    public abstract Event CreateEvent(ObjectName name, bool manualReset, bool initialState, ObjectAudience audience);

    /// <summary><c>OpenEvent</c>; null when there is no such name.</summary>
    public abstract Event? OpenEvent(ObjectName name);

    /// <summary><c>CreateMutex</c>: opens what the name leads to when it exists, and then makes nobody its owner (fact 248).</summary>
    public abstract Mutex CreateMutex(ObjectName name, bool initiallyOwned, ObjectAudience audience);

    /// <summary><c>OpenMutex</c>; null when there is no such name.</summary>
    public abstract Mutex? OpenMutex(ObjectName name);

    /// <summary>Opens what the name leads to when it exists.</summary>
    public abstract Condition CreateCondition(ObjectName name, ObjectAudience audience);

    /// <summary>Null when there is no such name.</summary>
    public abstract Condition? OpenCondition(ObjectName name);

    /// <summary>A semaphore in a view, whatever its bytes were.</summary>
    public abstract Semaphore CreateSemaphore(in ViewPlace place, int initialCount, int maximumCount);

    /// <summary>The one that lies there; null when there is none.</summary>
    public abstract Semaphore? OpenSemaphore(in ViewPlace place);

    /// <summary>An event in a view, whatever its bytes were.</summary>
    public abstract Event CreateEvent(in ViewPlace place, bool manualReset, bool initialState);

    /// <summary>The one that lies there; null when there is none.</summary>
    public abstract Event? OpenEvent(in ViewPlace place);

    /// <summary>A mutex in a view, whatever its bytes were.</summary>
    public abstract Mutex CreateMutex(in ViewPlace place, bool initiallyOwned);

    /// <summary>The one that lies there; null when there is none.</summary>
    public abstract Mutex? OpenMutex(in ViewPlace place);

    /// <summary>Opens what the name leads to when it exists.</summary>
    public abstract ReaderWriterLock CreateReaderWriterLock(ObjectName name, ObjectAudience audience);

    /// <summary>Null when there is no such name.</summary>
    public abstract ReaderWriterLock? OpenReaderWriterLock(ObjectName name);

    /// <summary><c>WaitForMultipleObjects</c> for any: the lowest index of those that were there, or -1 when the time passed first.</summary>
    public abstract int WaitAny(ReadOnlySpan<Waitable> objects, long timeoutMilliseconds, CancellationToken cancellation, out WaitResult result);

    /// <summary><c>WaitForMultipleObjects</c> for all: takes all or nothing.</summary>
    public abstract WaitResult WaitAll(ReadOnlySpan<Waitable> objects, long timeoutMilliseconds);

    /// <summary><c>SignalObjectAndWait</c>.</summary>
    public abstract WaitResult SignalAndWait(Waitable signaled, Waitable waitedFor, long timeoutMilliseconds);

    public abstract IReadOnlyList<NamedObjectInfo> List();

    public abstract NamedObjectInfo? Find(ObjectName name);

    public abstract IReadOnlyList<string> Sweep();

    public abstract string SetUpGlobal(string group);

    public abstract bool IsFileMapped(string path);

    public abstract void SetFileLength(string path, long length);

    public abstract void DeleteFile(string path);

    private static ObjectSystem Choose()
    {
        if (OperatingSystem.IsWindows())
        {
            return new Windows.WindowsSystem();
        }

        if (OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64)
        {
            return new Linux.LinuxSystem();
        }

        throw new PlatformNotSupportedException(
            "Crossmap runs on Linux x64 and on Windows. This system or architecture was never tested, so it is refused rather than trusted.");
    }
}
