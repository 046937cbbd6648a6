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

    /// <summary>A wait for two mutexes that sleeps until the second is given, for which another thread of the process sleeps in its place.</summary>
    WaitAnyForSecondMutex,

    /// <summary>Reader-writer locks and conditions from here on.</summary>
    CreateLock,
    OpenLock,

    /// <summary>An entry that sleeps until the writer inside leaves, while a writer and readers sleep behind it.</summary>
    ReadBehindWriter,

    /// <summary>An entry that keeps later ones out, and sleeps until the reader inside leaves.</summary>
    WriteBehindReader,

    WriteBehindWriter,

    /// <summary>While a writer sleeps for it, and readers behind that one.</summary>
    LeaveRead,

    /// <summary>While a writer and readers sleep for it.</summary>
    LeaveWrite,

    CreateCondition,

    /// <summary>A wait that sleeps until a notification, and takes the mutex beside another who was notified.</summary>
    WaitCondition,

    /// <summary>By the owner of the mutex, while several wait; and the mutex is released.</summary>
    NotifyCondition,
}
