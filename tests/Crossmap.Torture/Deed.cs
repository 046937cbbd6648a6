namespace Crossmap.Torture;

/// <summary>What a scripted process does between its marks.</summary>
internal enum Deed
{
    Create,
    Open,
    Close,
    MapFile,
    UseSemaphore,
    Sweep,

    /// <summary>A create as the first thing a process does: the folder is opened, checked and swept. Not done before, so only calls that touch files count.</summary>
    FirstUse,

    /// <summary>A wait that sleeps until a release, while another sleeps behind it.</summary>
    WaitSemaphore,

    /// <summary>A release while somebody sleeps.</summary>
    ReleaseSemaphore,

    CreateMutex,
    CreateOwnedMutex,
    OpenMutex,

    /// <summary>A wait that sleeps until the owner releases, while another sleeps behind it.</summary>
    WaitMutex,

    /// <summary>The owner's release while somebody sleeps.</summary>
    ReleaseMutex,

    /// <summary>The close of a mutex by the thread that owns it, which releases nothing while somebody else holds it.</summary>
    CloseOwnedMutex,

    CreateEvent,
    OpenEvent,

    /// <summary>A wait that sleeps until it is set, while another sleeps behind it.</summary>
    WaitEvent,

    WaitManualEvent,

    /// <summary>While two sleep, of whom it is for one.</summary>
    SetEvent,

    PulseEvent,

    /// <summary>While several sleep, and it is for all of them.</summary>
    SetManualEvent,

    PulseManualEvent,

    /// <summary>A wait for an event, a semaphore and a mutex that sleeps until one of them is given, while another sleeps for that one.</summary>
    WaitAnyForEvent,

    WaitAnyForSemaphore,
    WaitAnyForMutex,
}
