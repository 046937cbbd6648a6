using System.Runtime.InteropServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;
using static Crossmap.Windows.Kernel32;

namespace Crossmap.Windows;

/// <summary>What can be waited for: made by the kernel, opened by name.</summary>
internal sealed unsafe partial class WindowsSystem
{
    public override Objects.Semaphore CreateSemaphore(ObjectName name, int initialCount, int maximumCount, ObjectAudience audience)
    {
        using var security = ObjectSecurity.Of(audience, inheritable: false, ObjectSecurity.AllOfSemaphore);
        Kernel32.SecurityAttributes attributes = security.Attributes;
        KernelHandle handle = CreateSemaphoreEx(in attributes, initialCount, maximumCount, NullIfUnnamed(name), 0, WindowsSemaphore.Rights);
        bool isNew = IsNew(handle, $"The semaphore {name}");
        RequireKind(handle, name, isLock: false);
        return new WindowsSemaphore(handle, isNew);
    }

    public override Objects.Semaphore? OpenSemaphore(ObjectName name)
    {
        KernelHandle handle = Kernel32.OpenSemaphore(WindowsSemaphore.Rights, 0, name.Original);
        if (IsGone(handle, name.Original))
        {
            return null;
        }

        RequireKind(handle, name, isLock: false);
        return new WindowsSemaphore(handle, createdNew: false);
    }

    public override Event CreateEvent(ObjectName name, bool manualReset, bool initialState, ObjectAudience audience)
    {
        using var security = ObjectSecurity.Of(audience, inheritable: false, ObjectSecurity.AllOfEvent);
        Kernel32.SecurityAttributes attributes = security.Attributes;
        uint flags = (manualReset ? CREATE_EVENT_MANUAL_RESET : 0) | (initialState ? CREATE_EVENT_INITIAL_SET : 0);
        KernelHandle handle = CreateEventEx(in attributes, NullIfUnnamed(name), flags, WindowsEvent.Rights);
        return new WindowsEvent(handle, IsNew(handle, $"The event {name}"));
    }

    public override Event? OpenEvent(ObjectName name)
    {
        KernelHandle handle = Kernel32.OpenEvent(WindowsEvent.Rights, 0, name.Original);
        return IsGone(handle, name.Original) ? null : new WindowsEvent(handle, createdNew: false);
    }

    public override Objects.Mutex CreateMutex(ObjectName name, bool initiallyOwned, ObjectAudience audience)
    {
        using var security = ObjectSecurity.Of(audience, inheritable: false, ObjectSecurity.AllOfMutex);
        Kernel32.SecurityAttributes attributes = security.Attributes;
        KernelHandle handle = CreateMutexEx(in attributes, NullIfUnnamed(name), initiallyOwned ? CREATE_MUTEX_INITIAL_OWNER : 0, WindowsMutex.Rights);
        return new WindowsMutex(handle, IsNew(handle, $"The mutex {name}"));
    }

    public override Objects.Mutex? OpenMutex(ObjectName name)
    {
        KernelHandle handle = Kernel32.OpenMutex(WindowsMutex.Rights, 0, name.Original);
        return IsGone(handle, name.Original) ? null : new WindowsMutex(handle, createdNew: false);
    }

    public override Condition CreateCondition(ObjectName name, ObjectAudience audience)
    {
        using var security = ObjectSecurity.Of(audience, inheritable: false, ObjectSecurity.AllOfSection);
        Kernel32.SecurityAttributes attributes = security.Attributes;
        KernelHandle handle = CreateFileMapping(-1, in attributes, (uint)PageProtection.ReadWrite, 0, ConditionPage.SectionSize, NullIfUnnamed(name));
        _ = IsNew(handle, $"The condition {name}");
        return WindowsCondition.Of(handle, name, audience) ?? throw new System.Diagnostics.UnreachableException();
    }

    public override Condition? OpenCondition(ObjectName name)
    {
        KernelHandle handle = OpenFileMapping(ConditionPage.Rights, 0, name.Original);
        return IsGone(handle, name.Original) ? null : WindowsCondition.Of(handle, name, audience: null);
    }

    public override int WaitAny(ReadOnlySpan<Waitable> objects, long timeoutMilliseconds, CancellationToken cancellation, out WaitResult result) =>
        KernelWait.Run(HandlesOf(objects), all: false, timeoutMilliseconds, cancellation, out result);

    public override WaitResult WaitAll(ReadOnlySpan<Waitable> objects, long timeoutMilliseconds)
    {
        _ = KernelWait.Run(HandlesOf(objects), all: true, timeoutMilliseconds, CancellationToken.None, out WaitResult result);
        return result;
    }

    public override WaitResult SignalAndWait(Waitable signaled, Waitable waitedFor, long timeoutMilliseconds) =>
        KernelWait.Run(((IKernelObject)signaled).Handle, ((IKernelObject)waitedFor).Handle, timeoutMilliseconds);

    private static KernelHandle[] HandlesOf(ReadOnlySpan<Waitable> objects)
    {
        var handles = new KernelHandle[objects.Length];
        for (int i = 0; i < handles.Length; i++)
        {
            handles[i] = ((IKernelObject)objects[i]).Handle;
        }

        return handles;
    }

    /// <summary>Right behind the call that created it.</summary>
    private static bool IsNew(KernelHandle handle, string what)
    {
        int error = Marshal.GetLastPInvokeError();
        return handle.IsInvalid ? throw WindowsError.Of(error, $"{what} cannot be created") : error != ERROR_ALREADY_EXISTS;
    }
}
