using System.Globalization;
using Crossmap.Objects;

namespace Crossmap.Windows;

/// <summary>
/// A condition, of which the kernel has none between processes, and whose <c>PulseEvent</c> misses those who are kept from their wait for a
/// moment: a generation in shared memory, and for each generation an event of its own, which is set once and never reset.
/// </summary>
/// <remarks>
/// <para>What must hold: before the generation moves on its event is set, and the mover holds that event until it has moved. So a waiter that
/// holds the event by the generation's name, and finds the generation unchanged after, holds the very event that will be set: either he had
/// it before the mover opened it, or the mover still has it. One that opened it too late has an event that nobody will set, but then the
/// generation has moved, and he begins again.</para>
/// <para>Whoever wakes moves the generation on himself: if the notifier was killed between the two, nobody spins. Killed before he set the
/// event, he has not notified, and the next notification is to the same generation. A killed waiter holds nothing but an event.</para>
/// </remarks>
internal sealed class WindowsCondition : Condition
{
    private readonly KernelHandle _section;
    private readonly ConditionPage _page;
    private readonly string _eventPrefix;
    private readonly Lock _gate = new();

    /// <summary>The event of the last generation that a wait of this handle has begun in.</summary>
    private KernelHandle? _event;
    private ulong _generation;
    private bool _disposed;

    private WindowsCondition(KernelHandle section, ConditionPage page, bool isGlobal, bool createdNew)
    {
        _section = section;
        _page = page;
        _eventPrefix = string.Create(CultureInfo.InvariantCulture, $@"{(isGlobal ? @"Global\" : "")}{ObjectListing.NotificationPrefix}{page.Identity:x}-");
        CreatedNew = createdNew;
    }

    public override bool CreatedNew { get; }

    /// <summary>Takes the handle over, also when it fails.</summary>
    /// <param name="section">By the condition's name.</param>
    /// <param name="name">The name.</param>
    /// <param name="audience">Of a new condition; null to open one only.</param>
    /// <returns>Null when there is none, and none is to be made.</returns>
    public static WindowsCondition? Of(KernelHandle section, ObjectName name, ObjectAudience? audience)
    {
        ConditionPage? page = null;
        try
        {
            page = ConditionPage.Of(section, name, audience, out bool createdNew);
            return page is null ? null : new WindowsCondition(section, page, name.Original.StartsWith(@"Global\", StringComparison.Ordinal), createdNew);
        }
        finally
        {
            if (page is null)
            {
                section.Dispose();
            }
        }
    }

    public override ulong Arrive()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(NamedCondition));
            while (true)
            {
                ulong generation = _page.Generation;
                if (_event is not null && _generation == generation)
                {
                    return generation;
                }

                _event?.Dispose();
                _event = OpenEvent(generation);
                _generation = generation;
            }
        }
    }

    public override WaitResult Sleep(ulong arrived, long timeoutMilliseconds, CancellationToken cancellation)
    {
        KernelHandle? held = Held(arrived);
        if (held is null)
        {
            return WaitResult.Signaled;
        }

        try
        {
            if (KernelWait.Run(held, timeoutMilliseconds, cancellation) == WaitResult.Signaled)
            {
                _page.EndGeneration(arrived);
            }

            return _page.Generation == arrived ? WaitResult.TimedOut : WaitResult.Signaled;
        }
        finally
        {
            held.DangerousRelease();
        }
    }

    public override void NotifyAll()
    {
        using KernelHandle @event = WakeGeneration(out ulong generation);
        _page.EndGeneration(generation);
    }

    /// <summary>The first half of a notification. The second comes before the event is closed.</summary>
    public KernelHandle WakeGeneration(out ulong generation)
    {
        generation = _page.Generation;
        KernelHandle @event = OpenEvent(generation);
        return Kernel32.SetEvent(@event) != 0 ? @event : throw WindowsError.Last("The condition's waiters cannot be woken");
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _event?.Dispose();
            _event = null;
        }

        _section.Dispose();
    }

    /// <summary>The event of a wait that began then, kept open for it; null when that generation is over, or this handle closed.</summary>
    private KernelHandle? Held(ulong arrived)
    {
        lock (_gate)
        {
            bool isKept = false;
            if (_event is not null && _generation == arrived)
            {
                _event.DangerousAddRef(ref isKept);
            }

            return isKept ? _event : null;
        }
    }

    private KernelHandle OpenEvent(ulong generation)
    {
        using var security = ObjectSecurity.Of(_page.Audience, inheritable: false, ObjectSecurity.AllOfEvent);
        Kernel32.SecurityAttributes attributes = security.Attributes;
        KernelHandle handle = Kernel32.CreateEventEx(in attributes, string.Create(CultureInfo.InvariantCulture, $"{_eventPrefix}{generation:x}"),
            Kernel32.CREATE_EVENT_MANUAL_RESET, Kernel32.SYNCHRONIZE | Kernel32.EVENT_MODIFY_STATE);
        return handle.IsInvalid ? throw WindowsError.Last("The event of a condition cannot be opened") : handle;
    }
}
