namespace Crossmap.Linux;

/// <summary>A semaphore in its object's header page; the next commit gives it its protocol.</summary>
internal sealed class LinuxSemaphore(StoreHandle handle, int maximumCount) : Objects.Semaphore
{
    public override bool CreatedNew => handle.CreatedNew;

    public override int MaximumCount => maximumCount;

    public override int CurrentCount => throw new PlatformNotSupportedException();

    public override bool Wait(long timeoutMilliseconds, CancellationToken cancellation) => throw new PlatformNotSupportedException();

    public override int Release(int count) => throw new PlatformNotSupportedException();

    public override void Dispose() => handle.Dispose();
}
