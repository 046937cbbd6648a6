using System.Diagnostics.CodeAnalysis;
using Crossmap.Compatibility.Waiting;
using Microsoft.Win32.SafeHandles;
using Framework = System.Threading.WaitHandle;

namespace Crossmap.Compatibility;

/// <summary>
/// What can be waited for: the framework's <see cref="System.Threading.WaitHandle"/>, from which it derives, and whose objects it waits for too.
/// </summary>
/// <remarks>
/// <para>On Windows, and without a name on Linux, an object has a handle of the framework's, and any code can wait for it. With a name on Linux
/// it has none: its own methods wait for it, and the static ones of this class, alone and together with any other.</para>
/// <para>A wait for named objects and others together takes what it returns for and nothing else (docs/migrating.md tells how). Named
/// objects' waits do not heed <see cref="Thread.Interrupt"/> on Linux.</para>
/// </remarks>
public abstract class WaitHandle : Framework
{
    private volatile bool _disposed;

    /// <summary>Closed: whoever knows handles only, and waits for a named object, is refused. One that is merely invalid counts as signalled.</summary>
    private static readonly SafeWaitHandle NoHandle = Closed();

    /// <summary>Makes one without a handle.</summary>
    protected WaitHandle()
    {
    }

    private protected void HasNoHandle() => SafeWaitHandle = NoHandle;

    /// <summary>The object by its name on Linux; null for all that the framework waits for.</summary>
    internal virtual WaitableObject? Named => null;

    /// <inheritdoc cref="Framework.WaitAll(Framework[])"/>
    public static new bool WaitAll(Framework[] waitHandles) => WaitAll(waitHandles, Timeout.Infinite);

    /// <inheritdoc cref="Framework.WaitAll(Framework[], int)"/>
    public static new bool WaitAll(Framework[] waitHandles, int millisecondsTimeout) =>
        HasNamed(waitHandles) ? SeveralHandles.WaitAll(waitHandles, Checked(millisecondsTimeout)) : Framework.WaitAll(waitHandles, millisecondsTimeout);

    /// <inheritdoc cref="Framework.WaitAll(Framework[], TimeSpan)"/>
    public static new bool WaitAll(Framework[] waitHandles, TimeSpan timeout) => WaitAll(waitHandles, MillisecondsOf(timeout));

    /// <inheritdoc cref="Framework.WaitAll(Framework[], int, bool)"/>
    public static new bool WaitAll(Framework[] waitHandles, int millisecondsTimeout, bool exitContext) => WaitAll(waitHandles, millisecondsTimeout);

    /// <inheritdoc cref="Framework.WaitAll(Framework[], TimeSpan, bool)"/>
    public static new bool WaitAll(Framework[] waitHandles, TimeSpan timeout, bool exitContext) => WaitAll(waitHandles, timeout);

    /// <inheritdoc cref="Framework.WaitAny(Framework[])"/>
    public static new int WaitAny(Framework[] waitHandles) => WaitAny(waitHandles, Timeout.Infinite);

    /// <inheritdoc cref="Framework.WaitAny(Framework[], int)"/>
    public static new int WaitAny(Framework[] waitHandles, int millisecondsTimeout) =>
        HasNamed(waitHandles) ? SeveralHandles.WaitAny(waitHandles, Checked(millisecondsTimeout)) : WaitAnyOfOwn(waitHandles, millisecondsTimeout);

    /// <inheritdoc cref="Framework.WaitAny(Framework[], TimeSpan)"/>
    public static new int WaitAny(Framework[] waitHandles, TimeSpan timeout) => WaitAny(waitHandles, MillisecondsOf(timeout));

    /// <inheritdoc cref="Framework.WaitAny(Framework[], int, bool)"/>
    public static new int WaitAny(Framework[] waitHandles, int millisecondsTimeout, bool exitContext) => WaitAny(waitHandles, millisecondsTimeout);

    /// <inheritdoc cref="Framework.WaitAny(Framework[], TimeSpan, bool)"/>
    public static new int WaitAny(Framework[] waitHandles, TimeSpan timeout, bool exitContext) => WaitAny(waitHandles, timeout);

    /// <inheritdoc cref="Framework.SignalAndWait(Framework, Framework)"/>
    public static new bool SignalAndWait(Framework toSignal, Framework toWaitOn) => SignalAndWait(toSignal, toWaitOn, Timeout.Infinite, exitContext: false);

    /// <inheritdoc cref="Framework.SignalAndWait(Framework, Framework, TimeSpan, bool)"/>
    public static new bool SignalAndWait(Framework toSignal, Framework toWaitOn, TimeSpan timeout, bool exitContext) =>
        SignalAndWait(toSignal, toWaitOn, MillisecondsOf(timeout), exitContext);

    /// <inheritdoc cref="Framework.SignalAndWait(Framework, Framework, int, bool)"/>
    public static new bool SignalAndWait(Framework toSignal, Framework toWaitOn, int millisecondsTimeout, bool exitContext)
    {
        if (NamedOf(toSignal) is null && NamedOf(toWaitOn) is null)
        {
            return Framework.SignalAndWait(toSignal, toWaitOn, millisecondsTimeout, exitContext);
        }

        ArgumentNullException.ThrowIfNull(toSignal);
        ArgumentNullException.ThrowIfNull(toWaitOn);
        Checked(millisecondsTimeout);

        // In two steps, as Win32 says of its own: others may see the signal before the wait has begun.
        Signals.Give(toSignal);
        return toWaitOn.WaitOne(millisecondsTimeout);
    }

    /// <inheritdoc/>
    public override bool WaitOne() => WaitOne(Timeout.Infinite);

    /// <inheritdoc/>
    public override bool WaitOne(int millisecondsTimeout) => Named is { } named ? WaitNamed(named, Checked(millisecondsTimeout)) : base.WaitOne(millisecondsTimeout);

    /// <inheritdoc/>
    public override bool WaitOne(TimeSpan timeout) => WaitOne(MillisecondsOf(timeout));

    /// <inheritdoc/>
    public override bool WaitOne(int millisecondsTimeout, bool exitContext) => WaitOne(millisecondsTimeout);

    /// <inheritdoc/>
    public override bool WaitOne(TimeSpan timeout, bool exitContext) => WaitOne(timeout);

    internal static WaitableObject? NamedOf(Framework? handle) => (handle as WaitHandle)?.Named;

    /// <summary>Closes the handle.</summary>
    protected override void Dispose(bool explicitDisposing)
    {
        if (explicitDisposing)
        {
            _disposed = true;
            Named?.Dispose();
        }

        base.Dispose(explicitDisposing);
    }

    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    private static SafeWaitHandle Closed()
    {
        var handle = new SafeWaitHandle(nint.Zero, ownsHandle: false);
        handle.Dispose();
        return handle;
    }

    private bool WaitNamed(WaitableObject named, int millisecondsTimeout)
    {
        ThrowIfDisposed();
        return named.Wait(TimeSpan.FromMilliseconds(millisecondsTimeout));
    }

    private static int WaitAnyOfOwn(Framework[] waitHandles, int millisecondsTimeout)
    {
        try
        {
            return Framework.WaitAny(waitHandles, millisecondsTimeout);
        }
        catch (AbandonedMutexException e) when (e.Mutex is null && e.MutexIndex >= 0 && waitHandles[e.MutexIndex] is Mutex mutex)
        {
            throw SeveralHandles.Abandoned(e.MutexIndex, mutex);
        }
    }

    private static bool HasNamed([NotNullWhen(true)] Framework[]? handles)
    {
        foreach (Framework? handle in handles ?? [])
        {
            if (NamedOf(handle) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private static int Checked(int millisecondsTimeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(millisecondsTimeout, -1);
        return millisecondsTimeout;
    }

    /// <summary>As the framework counts it: whole milliseconds, rounded towards zero.</summary>
    private static int MillisecondsOf(TimeSpan timeout)
    {
        long milliseconds = (long)timeout.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1, nameof(timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, int.MaxValue, nameof(timeout));
        return (int)milliseconds;
    }
}
