using System.Diagnostics.CodeAnalysis;
using Crossmap.Compatibility.Waiting;
using Framework = System.Threading.Mutex;

namespace Crossmap.Compatibility;

/// <summary>A mutex, with Windows' names and lifetimes on Linux: <see cref="System.Threading.Mutex"/>. Thread safe.</summary>
/// <remarks>By a name on Linux it is a <see cref="NamedMutex"/>; else it is the framework's own.</remarks>
public sealed class Mutex : WaitHandle
{
    private readonly NamedMutex? _named;
    private readonly Framework? _own;

    /// <inheritdoc cref="System.Threading.Mutex.Mutex()"/>
    public Mutex()
        : this(initiallyOwned: false, null, null, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.Mutex.Mutex(bool)"/>
    public Mutex(bool initiallyOwned)
        : this(initiallyOwned, null, null, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.Mutex.Mutex(string, NamedWaitHandleOptions)"/>
    public Mutex(string? name, NamedWaitHandleOptions options)
        : this(initiallyOwned: false, name, (NamedWaitHandleOptions?)options, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.Mutex.Mutex(bool, string)"/>
    public Mutex(bool initiallyOwned, string? name)
        : this(initiallyOwned, name, null, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.Mutex.Mutex(bool, string, NamedWaitHandleOptions)"/>
    public Mutex(bool initiallyOwned, string? name, NamedWaitHandleOptions options)
        : this(initiallyOwned, name, (NamedWaitHandleOptions?)options, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.Mutex.Mutex(bool, string, out bool)"/>
    public Mutex(bool initiallyOwned, string? name, out bool createdNew)
        : this(initiallyOwned, name, null, out createdNew)
    {
    }

    /// <inheritdoc cref="System.Threading.Mutex.Mutex(bool, string, NamedWaitHandleOptions, out bool)"/>
    public Mutex(bool initiallyOwned, string? name, NamedWaitHandleOptions options, out bool createdNew)
        : this(initiallyOwned, name, (NamedWaitHandleOptions?)options, out createdNew)
    {
    }

    private Mutex(bool initiallyOwned, string? name, NamedWaitHandleOptions? options, out bool createdNew)
    {
        if (Target.IsWindows || string.IsNullOrEmpty(name))
        {
            createdNew = true;
            _own = name is null ? new Framework(initiallyOwned)
                : options is { } chosen ? new Framework(initiallyOwned, name, chosen, out createdNew)
                : new Framework(initiallyOwned, name, out createdNew);
            SafeWaitHandle = _own.SafeWaitHandle;
            return;
        }

        string known = ObjectNames.Of(name, options)!;
        _named = ObjectNames.Create(() => NamedMutex.Create(known, initiallyOwned));
        createdNew = _named.CreatedNew;
        HasNoHandle();
    }

    private Mutex(NamedMutex? named, Framework? own)
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

    /// <summary>The framework's mutex, with whatever handle it was given since.</summary>
    internal Framework Own
    {
        get
        {
            _own!.SafeWaitHandle = SafeWaitHandle;
            return _own;
        }
    }

    /// <summary>The framework's mutex, or null for one by its name on Linux.</summary>
    internal Framework? OwnIfAny => _named is null ? Own : null;

    /// <inheritdoc cref="Framework.OpenExisting(string)"/>
    public static Mutex OpenExisting(string name) => Target.IsWindows
        ? new Mutex(null, Framework.OpenExisting(name))
        : new Mutex(ObjectNames.Open<NamedMutex>(name, null, NamedMutex.TryOpen), null);

    /// <inheritdoc cref="Framework.OpenExisting(string, NamedWaitHandleOptions)"/>
    public static Mutex OpenExisting(string name, NamedWaitHandleOptions options) => Target.IsWindows
        ? new Mutex(null, Framework.OpenExisting(name, options))
        : new Mutex(ObjectNames.Open<NamedMutex>(name, options, NamedMutex.TryOpen), null);

    /// <inheritdoc cref="Framework.TryOpenExisting(string, out Framework?)"/>
    public static bool TryOpenExisting(string name, [NotNullWhen(true)] out Mutex? result)
    {
        result = Target.IsWindows
            ? Framework.TryOpenExisting(name, out Framework? own) ? new Mutex(null, own) : null
            : ObjectNames.TryOpenExisting(name, null, NamedMutex.TryOpen, out NamedMutex? named) ? new Mutex(named, null) : null;
        return result is not null;
    }

    /// <inheritdoc cref="Framework.TryOpenExisting(string, NamedWaitHandleOptions, out Framework?)"/>
    public static bool TryOpenExisting(string name, NamedWaitHandleOptions options, [NotNullWhen(true)] out Mutex? result)
    {
        result = Target.IsWindows
            ? Framework.TryOpenExisting(name, options, out Framework? own) ? new Mutex(null, own) : null
            : ObjectNames.TryOpenExisting(name, options, NamedMutex.TryOpen, out NamedMutex? named) ? new Mutex(named, null) : null;
        return result is not null;
    }

    /// <inheritdoc cref="Framework.ReleaseMutex()"/>
    public void ReleaseMutex()
    {
        if (_named is null)
        {
            Own.ReleaseMutex();
        }
        else
        {
            _named.Release();
        }
    }
}
