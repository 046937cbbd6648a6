using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Waits. There are no APCs, so alertable waits are waits.</summary>
internal static unsafe class WaitCalls
{
    private const uint WaitAbandoned = 0x80, WaitTimeout = 258, WaitFailed = 0xFFFF_FFFF;
    private const uint Infinite = 0xFFFF_FFFF;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_WaitForSingleObject")]
    public static uint WaitForSingleObject(nint handle, uint milliseconds) => Wait(handle, milliseconds);

    [UnmanagedCallersOnly(EntryPoint = "crossmap_WaitForSingleObjectEx")]
    public static uint WaitForSingleObjectEx(nint handle, uint milliseconds, int alertable) => Wait(handle, milliseconds);

    [UnmanagedCallersOnly(EntryPoint = "crossmap_WaitForMultipleObjects")]
    public static uint WaitForMultipleObjects(uint count, nint* handles, int all, uint milliseconds) => Wait(count, handles, all != 0, milliseconds);

    [UnmanagedCallersOnly(EntryPoint = "crossmap_WaitForMultipleObjectsEx")]
    public static uint WaitForMultipleObjectsEx(uint count, nint* handles, int all, uint milliseconds, int alertable) => Wait(count, handles, all != 0, milliseconds);

    [UnmanagedCallersOnly(EntryPoint = "crossmap_SignalObjectAndWait")]
    public static uint SignalObjectAndWait(nint signaled, nint waitedFor, uint milliseconds, int alertable)
    {
        try
        {
            if (HandleTable.Find(signaled) is not { Target: WaitableObject { Waitable: var signal }, Rights: var rights })
            {
                return Fail(ERROR_INVALID_HANDLE);
            }

            if (signal is not Objects.Mutex && (rights & RightsMap.ModifyState) == 0)
            {
                return Fail(ERROR_ACCESS_DENIED);
            }

            // Found before anything is signaled: a call that fails does nothing.
            return Find(waitedFor, out int error) is { } awaited
                ? CodeOf(ObjectSystem.Current.SignalAndWait(signal, awaited, MillisecondsOf(milliseconds)))
                : Fail(error);
        }
        catch (Exception e)
        {
            return Fail(e);
        }
    }

    private static uint Wait(nint handle, uint milliseconds)
    {
        try
        {
            return Find(handle, out int error) is { } waitable ? CodeOf(waitable.Wait(MillisecondsOf(milliseconds), CancellationToken.None))
                : handle is HandleCalls.CurrentProcess or HandleCalls.CurrentThread ? SleepInVain(milliseconds)
                : Fail(error);
        }
        catch (Exception e)
        {
            return Fail(e);
        }
    }

    private static uint Wait(uint count, nint* handles, bool all, uint milliseconds)
    {
        try
        {
            if (count is 0 or > Crossmap.WaitableObject.MaximumWaitObjects || handles is null)
            {
                return Fail(handles is null && count != 0 ? ERROR_NOACCESS : ERROR_INVALID_PARAMETER);
            }

            var room = default(Waitables);
            Span<Waitable> waitables = ((Span<Waitable>)room)[..(int)count];
            for (int i = 0; i < waitables.Length; i++)
            {
                if (Find(handles[i], out int error) is not { } waitable)
                {
                    return Fail(error);
                }

                waitables[i] = waitable;
                if (all && waitables[..i].IndexOf(waitable) >= 0)
                {
                    return Fail(ERROR_INVALID_PARAMETER);
                }
            }

            if (all)
            {
                return CodeOf(ObjectSystem.Current.WaitAll(waitables, MillisecondsOf(milliseconds)));
            }

            int index = ObjectSystem.Current.WaitAny(waitables, MillisecondsOf(milliseconds), CancellationToken.None, out WaitResult result);
            return index < 0 ? WaitTimeout : CodeOf(result) + (uint)index;
        }
        catch (Exception e)
        {
            return Fail(e);
        }
    }

    /// <summary>What to wait for, if the handle has the right to (fact 236).</summary>
    private static Waitable? Find(nint value, out int error)
    {
        Handle? handle = HandleTable.Find(value);
        bool isWaitable = handle?.Target is WaitableObject;
        error = isWaitable ? ERROR_ACCESS_DENIED : ERROR_INVALID_HANDLE;
        return isWaitable && (handle!.Rights & RightsMap.Synchronize) != 0 ? Unsafe.As<WaitableObject>(handle.Target).Waitable : null;
    }

    /// <summary>The calling process and the calling thread live as long as they wait for themselves (fact 259).</summary>
    private static uint SleepInVain(uint milliseconds)
    {
        SystemCalls.SleepFor(milliseconds);
        return WaitTimeout;
    }

    private static long MillisecondsOf(uint milliseconds) => milliseconds == Infinite ? -1 : milliseconds;

    private static uint CodeOf(WaitResult result) => result == WaitResult.Signaled ? 0 : result == WaitResult.TimedOut ? WaitTimeout : WaitAbandoned;

    private static uint Fail(int error)
    {
        LastError.Fail(error);
        return WaitFailed;
    }

    private static uint Fail(Exception exception)
    {
        LastError.Fail(exception);
        return WaitFailed;
    }

    /// <summary>Room on the stack: a wait allocates nothing.</summary>
    [InlineArray(Crossmap.WaitableObject.MaximumWaitObjects)]
    private struct Waitables
    {
        private Waitable _first;
    }
}
