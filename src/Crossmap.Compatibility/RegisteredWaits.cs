using System.Runtime.CompilerServices;
using Crossmap.Compatibility.Waiting;
using Framework = System.Threading.WaitHandle;

namespace Crossmap.Compatibility;

/// <summary>
/// Waits of the thread pool's for a named object: <see cref="ThreadPool.RegisterWaitForSingleObject(Framework, WaitOrTimerCallback, object, int, bool)"/> and
/// its kind, and <see cref="RegisteredWaitHandle.Unregister"/>. <c>CrossmapDropIn</c> leads their calls here.
/// </summary>
/// <remarks>What the framework can wait for is the framework's to wait for. A mutex belongs to a thread, and none of the pool's shall own it. Thread safe.</remarks>
public static class RegisteredWaits
{
    private static readonly ConditionalWeakTable<RegisteredWaitHandle, NamedRegistration> Named = [];

    /// <inheritdoc cref="ThreadPool.RegisterWaitForSingleObject(Framework, WaitOrTimerCallback, object, int, bool)"/>
    /// <exception cref="NotSupportedException">A mutex by its name, on Linux.</exception>
    public static RegisteredWaitHandle RegisterWaitForSingleObject(Framework waitObject, WaitOrTimerCallback callBack, object? state, int millisecondsTimeOutInterval, bool executeOnlyOnce) =>
        Register(waitObject, callBack, executeOnlyOnce, (handle, call) => ThreadPool.RegisterWaitForSingleObject(handle, call, state, millisecondsTimeOutInterval, executeOnlyOnce));

    /// <inheritdoc cref="RegisterWaitForSingleObject(Framework, WaitOrTimerCallback, object, int, bool)"/>
    public static RegisteredWaitHandle RegisterWaitForSingleObject(Framework waitObject, WaitOrTimerCallback callBack, object? state, uint millisecondsTimeOutInterval, bool executeOnlyOnce) =>
        Register(waitObject, callBack, executeOnlyOnce, (handle, call) => ThreadPool.RegisterWaitForSingleObject(handle, call, state, millisecondsTimeOutInterval, executeOnlyOnce));

    /// <inheritdoc cref="RegisterWaitForSingleObject(Framework, WaitOrTimerCallback, object, int, bool)"/>
    public static RegisteredWaitHandle RegisterWaitForSingleObject(Framework waitObject, WaitOrTimerCallback callBack, object? state, long millisecondsTimeOutInterval, bool executeOnlyOnce) =>
        Register(waitObject, callBack, executeOnlyOnce, (handle, call) => ThreadPool.RegisterWaitForSingleObject(handle, call, state, millisecondsTimeOutInterval, executeOnlyOnce));

    /// <inheritdoc cref="RegisterWaitForSingleObject(Framework, WaitOrTimerCallback, object, int, bool)"/>
    public static RegisteredWaitHandle RegisterWaitForSingleObject(Framework waitObject, WaitOrTimerCallback callBack, object? state, TimeSpan timeout, bool executeOnlyOnce) =>
        Register(waitObject, callBack, executeOnlyOnce, (handle, call) => ThreadPool.RegisterWaitForSingleObject(handle, call, state, timeout, executeOnlyOnce));

    /// <inheritdoc cref="RegisterWaitForSingleObject(Framework, WaitOrTimerCallback, object, int, bool)"/>
    public static RegisteredWaitHandle UnsafeRegisterWaitForSingleObject(Framework waitObject, WaitOrTimerCallback callBack, object? state, int millisecondsTimeOutInterval, bool executeOnlyOnce) =>
        Register(waitObject, callBack, executeOnlyOnce, (handle, call) => ThreadPool.UnsafeRegisterWaitForSingleObject(handle, call, state, millisecondsTimeOutInterval, executeOnlyOnce));

    /// <inheritdoc cref="RegisterWaitForSingleObject(Framework, WaitOrTimerCallback, object, int, bool)"/>
    public static RegisteredWaitHandle UnsafeRegisterWaitForSingleObject(Framework waitObject, WaitOrTimerCallback callBack, object? state, uint millisecondsTimeOutInterval, bool executeOnlyOnce) =>
        Register(waitObject, callBack, executeOnlyOnce, (handle, call) => ThreadPool.UnsafeRegisterWaitForSingleObject(handle, call, state, millisecondsTimeOutInterval, executeOnlyOnce));

    /// <inheritdoc cref="RegisterWaitForSingleObject(Framework, WaitOrTimerCallback, object, int, bool)"/>
    public static RegisteredWaitHandle UnsafeRegisterWaitForSingleObject(Framework waitObject, WaitOrTimerCallback callBack, object? state, long millisecondsTimeOutInterval, bool executeOnlyOnce) =>
        Register(waitObject, callBack, executeOnlyOnce, (handle, call) => ThreadPool.UnsafeRegisterWaitForSingleObject(handle, call, state, millisecondsTimeOutInterval, executeOnlyOnce));

    /// <inheritdoc cref="RegisterWaitForSingleObject(Framework, WaitOrTimerCallback, object, int, bool)"/>
    public static RegisteredWaitHandle UnsafeRegisterWaitForSingleObject(Framework waitObject, WaitOrTimerCallback callBack, object? state, TimeSpan timeout, bool executeOnlyOnce) =>
        Register(waitObject, callBack, executeOnlyOnce, (handle, call) => ThreadPool.UnsafeRegisterWaitForSingleObject(handle, call, state, timeout, executeOnlyOnce));

    /// <summary>Ends a registered wait, of a named object or of any other: <see cref="RegisteredWaitHandle.Unregister"/>.</summary>
    /// <param name="registered">What the registration returned.</param>
    /// <param name="waitObject">What is signalled when no call is under way any more; null for nothing.</param>
    public static bool Unregister(this RegisteredWaitHandle registered, Framework? waitObject)
    {
        ArgumentNullException.ThrowIfNull(registered);
        bool ended = registered.Unregister(waitObject);
        if (Named.TryGetValue(registered, out NamedRegistration? named))
        {
            named.End();
        }

        return ended;
    }

    private static RegisteredWaitHandle Register(
        Framework waitObject, WaitOrTimerCallback callBack, bool executeOnlyOnce, Func<Framework, WaitOrTimerCallback, RegisteredWaitHandle> register)
    {
        if (WaitHandle.NamedOf(waitObject) is not { } named || callBack is null)
        {
            return register(waitObject, callBack!);
        }

        var registration = new NamedRegistration((WaitHandle)waitObject, named, executeOnlyOnce);
        RegisteredWaitHandle registered = register(registration.StandIn, (state, timedOut) =>
        {
            registration.Called(timedOut);
            callBack(state, timedOut);
        });
        Named.Add(registered, registration);
        registration.Begin();
        return registered;
    }
}
