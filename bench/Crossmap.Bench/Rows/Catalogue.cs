namespace Crossmap.Bench.Rows;

/// <summary>All rows, in the order of the table.</summary>
internal static class Catalogue
{
    public static (string Name, Func<BenchContext, Row> Open)[] RowsFor(BenchOptions options) =>
    [
        .. Rows,
        .. Channels.Rows,
        .. options.Windows is null ? [] : AgainstWine,
        .. CProgram.HasLibrary ? InC : [],
        .. CProgram.HasLibrary && options.WindowsC is not null ? InCAgainstWine : [],
    ];

    private static (string Name, Func<BenchContext, Row> Open)[] InC { get; } =
    [
        ("c-semaphore", CInterface.Semaphore),
        ("c-view", CInterface.View),
        ("c-start", c => new ProgramStart(c)),
    ];

    private static (string Name, Func<BenchContext, Row> Open)[] InCAgainstWine { get; } =
    [
        ("c-object-wine", CInterface.AgainstWine.Object),
        ("c-hand-off-wine", CInterface.AgainstWine.HandOff),
        ("c-mutex-wine", CInterface.AgainstWine.Mutex),
    ];

    private static (string Name, Func<BenchContext, Row> Open)[] AgainstWine { get; } =
    [
        ("mutex-wine", c => new KernelObjects.Mutexes(c)),
        ("semaphore-wine", c => new KernelObjects.Semaphores(c)),
        ("event-wine", c => new KernelObjects.Events(c)),
    ];

    private static (string Name, Func<BenchContext, Row> Open)[] Rows { get; } =
    [
        ("sum-span", c => new SumSpan(c)),
        ("at-random", c => new AtRandom(c)),
        ("at-accessor", c => new AtAgainstAccessor(c)),
        ("create-1m", c => new CreateInMemory(c, 1 << 20, "1 MiB", new Bar(1.2), 2)),
        ("create-4k", c => new CreateInMemory(c, 4096, "4 KiB", new Bar(3), 20)),
        ("open", c => new OpenByName(c)),
        ("open-same-calls", c => new OpenAgainstSameCalls(c)),
        ("open-flat", c => new OpenFlat(c)),
        ("semaphore", c => new UncontendedSemaphore(c)),
        ("hand-off", c => new SemaphoreHandOff(c)),
        ("wait-cpu", c => new WaitCpu(c)),
        ("wake-up", c => new SemaphoreWakeUp(c)),
        ("mutex", c => new UncontendedMutex(c)),
        ("mutex-dotnet", c => new MutexAgainstDotNet(c)),
        ("mutex-contended", c => new ContendedMutex(c)),
        ("mutex-in-view", c => new MutexInView(c)),
        ("lock-read", c => new UncontendedRead(c)),
        ("lock-write", c => new UncontendedWrite(c)),
        ("condition-hand-off", c => new ConditionHandOff(c)),
        ("event-hand-off", c => new EventHandOff(c)),
        ("wait-any", c => new WakeUpOfAny(c)),
        ("wait-any-there", c => new WaitAnyOfMany(c)),
        ("flush-range", c => new FlushRange(c)),
        ("flush-rest", c => new FlushRest(c)),
        ("drop-in-read", c => new DropInRead(c)),
        ("drop-in-write", c => new DropInWrite(c)),
        ("drop-in-read-array", c => new DropInReadArray(c)),
        ("drop-in-write-array", c => new DropInWriteArray(c)),
        ("drop-in-read-copy-64k", c => new DropInReadCopy(c, 64 << 10)),
        ("drop-in-read-copy-1m", c => new DropInReadCopy(c, 1 << 20)),
        ("drop-in-write-copy-64k", c => new DropInWriteCopy(c, 64 << 10)),
        ("drop-in-write-copy-1m", c => new DropInWriteCopy(c, 1 << 20)),
        ("drop-in-stream-read", c => new DropInStream(c, 4096, isWriting: false)),
        ("drop-in-stream-write", c => new DropInStream(c, 4096, isWriting: true)),
        ("drop-in-stream-read-8", c => new DropInStream(c, 8, isWriting: false)),
        ("drop-in-stream-write-8", c => new DropInStream(c, 8, isWriting: true)),
        ("drop-in-mutex", c => new DropInMutex(c)),
        ("allocated-access", c => new AllocatedByAccess(c)),
        ("allocated-semaphore", c => new AllocatedBySemaphore(c)),
        ("allocated-wait", c => new AllocatedByWait(c)),
        ("allocated-mutex", c => new AllocatedByMutex(c)),
        ("allocated-several", c => new AllocatedByWaitForSeveral(c)),
        ("allocated-flush", c => new AllocatedByFlush(c)),
    ];
}
