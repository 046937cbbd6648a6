using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Native;

/// <summary>A semaphore, a mutex or an event.</summary>
internal sealed class WaitableObject(Waitable waitable) : NativeObject
{
    /// <summary>May be used after the last handle was closed, by a call that found it before.</summary>
    public Waitable Waitable => waitable;

    public override void Close() => waitable.Dispose();

    public override NativeObject ForHandle(ref uint rights)
    {
        rights = RightsMap.Of(waitable).Granted(rights);
        return this;
    }

    public override (IDisposable Descriptors, string Text) ForChildren(uint rights)
    {
        var descriptors = new InheritableDescriptors(((IOneOfSeveral)waitable).Object!, file: null, (MappingRights)rights);
        return (descriptors, descriptors.Text);
    }

    public override bool IsSameAs(NativeObject other) =>
        other is WaitableObject { Waitable: IOneOfSeveral theirs } && ((IOneOfSeveral)waitable).Identity == theirs.Identity;

    /// <summary>What a creation gives: a handle, and in the last error whether the name existed (facts 232, 227).</summary>
    public static nint HandleFor(Waitable waitable, RightsMap map, uint asked, bool inheritable)
    {
        uint granted;
        try
        {
            // A new object may be made with a handle without rights (fact 103).
            granted = waitable.CreatedNew ? map.Granted(asked) : map.GrantedToOpen(asked);
        }
        catch
        {
            waitable.Dispose();
            throw;
        }

        nint handle = HandleTable.Open(new WaitableObject(waitable), granted, inheritable);
        LastError.Code = waitable.CreatedNew ? 0 : Win32Error.ERROR_ALREADY_EXISTS;
        return handle;
    }

    /// <summary>What an opening gives.</summary>
    /// <param name="open">Opens the object of a name; null when there is none.</param>
    /// <param name="map">The kind's rights.</param>
    /// <param name="asked">The handle's.</param>
    /// <param name="inheritable">Whether children inherit it.</param>
    /// <param name="name">As the caller gave it.</param>
    public static nint HandleFor(Func<ObjectName, Waitable?> open, RightsMap map, uint asked, bool inheritable, string? name)
    {
        if (name is null)
        {
            return LastError.Fail(Win32Error.ERROR_INVALID_PARAMETER);
        }

        if (name.Length == 0)
        {
            // It opens the directory of names itself, which is of another kind (fact 69).
            return LastError.Fail(Win32Error.ERROR_INVALID_HANDLE);
        }

        var parsed = ObjectName.Parse(name);
        uint granted = map.GrantedToOpen(asked);
        Waitable? waitable = open(parsed);
        return waitable is null ? LastError.Fail(Win32Error.ERROR_FILE_NOT_FOUND) : HandleTable.Open(new WaitableObject(waitable), granted, inheritable);
    }
}
