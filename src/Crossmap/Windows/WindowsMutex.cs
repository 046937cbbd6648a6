using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Windows;

/// <summary>A mutex of the kernel, which calls it a mutant.</summary>
internal sealed unsafe class WindowsMutex : Objects.Mutex, IKernelObject
{
    /// <summary>What it takes to wait and look; releasing takes ownership alone (fact 237).</summary>
    public const uint Rights = Kernel32.SYNCHRONIZE | Kernel32.MUTANT_QUERY_STATE;

    private readonly KernelHandle _handle;

    /// <summary>Takes the handle over.</summary>
    public WindowsMutex(KernelHandle handle, bool createdNew)
    {
        _handle = handle;
        CreatedNew = createdNew;
    }

    public override bool CreatedNew { get; }

    public KernelHandle Handle => _handle;

    public override MutexState State => Query(_handle);

    public override WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation) => KernelWait.Run(_handle, timeoutMilliseconds, cancellation);

    public override bool TryRelease()
    {
        if (Kernel32.ReleaseMutex(_handle) != 0)
        {
            return true;
        }

        Exception failure = WindowsError.Last("The mutex cannot be released");
        return Errors.CodeOf(failure) == ERROR_NOT_OWNER ? false : throw failure;
    }

    public override int ReleaseAll()
    {
        int depth = 0;
        bool isKept = false;
        _handle.DangerousAddRef(ref isKept);
        while (TryRelease())
        {
            depth++;
        }

        if (depth == 0)
        {
            _handle.DangerousRelease();
        }

        return depth;
    }

    public override WaitResult TakeAgain(int depth)
    {
        WaitResult result = Wait(-1, CancellationToken.None);
        for (int more = 1; more < depth; more++)
        {
            _ = Wait(0, CancellationToken.None);
        }

        _handle.DangerousRelease();
        return result;
    }

    public override void Dispose() => _handle.Dispose();

    public static bool IsOwnedByCaller(KernelHandle handle) =>
        Ntdll.NtQueryMutant(handle, 0, out Ntdll.MutantInformation information, sizeof(Ntdll.MutantInformation), 0) >= 0 && information.OwnedByCaller != 0;

    /// <summary>The kernel tells the owner too, but not everywhere: then his process stays 0.</summary>
    public static MutexState Query(KernelHandle handle)
    {
        int status = Ntdll.NtQueryMutant(handle, 0, out Ntdll.MutantInformation information, sizeof(Ntdll.MutantInformation), 0);
        if (status < 0)
        {
            throw WindowsError.OfStatus(status, "The mutex's state cannot be read");
        }

        bool isOwned = information.CurrentCount <= 0;
        Ntdll.MutantOwnerInformation owner = default;
        bool isKnown = isOwned && Ntdll.NtQueryMutantOwner(handle, 1, out owner, sizeof(Ntdll.MutantOwnerInformation), 0) >= 0;
        return new MutexState(isOwned, information.Abandoned != 0, isKnown ? (int)owner.Process : 0);
    }
}
