using System.Diagnostics.CodeAnalysis;
using Crossmap.Compatibility.Waiting;
using Framework = System.Threading.Semaphore;

namespace Crossmap.Compatibility;

/// <summary>A semaphore, with a name on Linux too: <see cref="System.Threading.Semaphore"/>. Thread safe.</summary>
/// <remarks>By a name on Linux it is a <see cref="NamedSemaphore"/>; else it is the framework's own.</remarks>
public sealed class Semaphore : WaitHandle
{
    private readonly NamedSemaphore? _named;
    private readonly Framework? _own;

    /// <inheritdoc cref="System.Threading.Semaphore.Semaphore(int, int)"/>
    public Semaphore(int initialCount, int maximumCount)
        : this(initialCount, maximumCount, null, null, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.Semaphore.Semaphore(int, int, string)"/>
    public Semaphore(int initialCount, int maximumCount, string? name)
        : this(initialCount, maximumCount, name, null, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.Semaphore.Semaphore(int, int, string, NamedWaitHandleOptions)"/>
    public Semaphore(int initialCount, int maximumCount, string? name, NamedWaitHandleOptions options)
        : this(initialCount, maximumCount, name, (NamedWaitHandleOptions?)options, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.Semaphore.Semaphore(int, int, string, out bool)"/>
    public Semaphore(int initialCount, int maximumCount, string? name, out bool createdNew)
        : this(initialCount, maximumCount, name, null, out createdNew)
    {
    }

    /// <inheritdoc cref="System.Threading.Semaphore.Semaphore(int, int, string, NamedWaitHandleOptions, out bool)"/>
    public Semaphore(int initialCount, int maximumCount, string? name, NamedWaitHandleOptions options, out bool createdNew)
        : this(initialCount, maximumCount, name, (NamedWaitHandleOptions?)options, out createdNew)
    {
    }

    private Semaphore(int initialCount, int maximumCount, string? name, NamedWaitHandleOptions? options, out bool createdNew)
    {
        if (Target.IsWindows || string.IsNullOrEmpty(name))
        {
            createdNew = true;
            _own = name is null ? new Framework(initialCount, maximumCount)
                : options is { } chosen ? new Framework(initialCount, maximumCount, name, chosen, out createdNew)
                : new Framework(initialCount, maximumCount, name, out createdNew);
            SafeWaitHandle = _own.SafeWaitHandle;
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(initialCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumCount, 1);
        if (initialCount > maximumCount)
        {
            throw new ArgumentException($"The initial count, {initialCount}, exceeds the maximum, {maximumCount}.");
        }

        string known = ObjectNames.Of(name, options)!;
        _named = ObjectNames.Create(() => NamedSemaphore.Create(known, initialCount, maximumCount));
        createdNew = _named.CreatedNew;
        HasNoHandle();
    }

    private Semaphore(NamedSemaphore? named, Framework? own)
    {
        _named = named;
        _own = own;
        if (own is not null)
        {
            SafeWaitHandle = own.SafeWaitHandle;
        }
        else
        {
            HasNoHandle();
        }
    }

    internal override WaitableObject? Named => _named;

    private Framework Own
    {
        get
        {
            _own!.SafeWaitHandle = SafeWaitHandle;
            return _own;
        }
    }

    /// <inheritdoc cref="Framework.OpenExisting(string)"/>
    public static Semaphore OpenExisting(string name) => Target.IsWindows
        ? new Semaphore(null, Framework.OpenExisting(name))
        : new Semaphore(ObjectNames.Open<NamedSemaphore>(name, null, NamedSemaphore.TryOpen), null);

    /// <inheritdoc cref="Framework.OpenExisting(string, NamedWaitHandleOptions)"/>
    public static Semaphore OpenExisting(string name, NamedWaitHandleOptions options) => Target.IsWindows
        ? new Semaphore(null, Framework.OpenExisting(name, options))
        : new Semaphore(ObjectNames.Open<NamedSemaphore>(name, options, NamedSemaphore.TryOpen), null);

    /// <inheritdoc cref="Framework.TryOpenExisting(string, out Framework?)"/>
    public static bool TryOpenExisting(string name, [NotNullWhen(true)] out Semaphore? result)
    {
        result = Target.IsWindows
            ? Framework.TryOpenExisting(name, out Framework? own) ? new Semaphore(null, own) : null
            : ObjectNames.TryOpenExisting(name, null, NamedSemaphore.TryOpen, out NamedSemaphore? named) ? new Semaphore(named, null) : null;
        return result is not null;
    }

    /// <inheritdoc cref="Framework.TryOpenExisting(string, NamedWaitHandleOptions, out Framework?)"/>
    public static bool TryOpenExisting(string name, NamedWaitHandleOptions options, [NotNullWhen(true)] out Semaphore? result)
    {
        result = Target.IsWindows
            ? Framework.TryOpenExisting(name, options, out Framework? own) ? new Semaphore(null, own) : null
            : ObjectNames.TryOpenExisting(name, options, NamedSemaphore.TryOpen, out NamedSemaphore? named) ? new Semaphore(named, null) : null;
        return result is not null;
    }

    /// <inheritdoc cref="Framework.Release()"/>
    public int Release() => Release(1);

    /// <inheritdoc cref="Framework.Release(int)"/>
    public int Release(int releaseCount)
    {
        if (_named is null)
        {
            return Own.Release(releaseCount);
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(releaseCount, 1);
        return _named.Release(releaseCount);
    }
}
