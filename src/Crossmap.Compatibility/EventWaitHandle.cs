using System.Diagnostics.CodeAnalysis;
using Crossmap.Compatibility.Waiting;
using Framework = System.Threading.EventWaitHandle;

namespace Crossmap.Compatibility;

/// <summary>An event, with a name on Linux too: <see cref="System.Threading.EventWaitHandle"/>. Thread safe.</summary>
/// <remarks>By a name on Linux it is a <see cref="NamedEvent"/>; else it is the framework's own.</remarks>
public class EventWaitHandle : WaitHandle
{
    private readonly NamedEvent? _named;
    private readonly Framework? _own;
    private readonly bool _isManualReset;

    /// <inheritdoc cref="System.Threading.EventWaitHandle.EventWaitHandle(bool, EventResetMode)"/>
    public EventWaitHandle(bool initialState, EventResetMode mode)
        : this(initialState, mode, null, null, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.EventWaitHandle.EventWaitHandle(bool, EventResetMode, string)"/>
    public EventWaitHandle(bool initialState, EventResetMode mode, string? name)
        : this(initialState, mode, name, null, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.EventWaitHandle.EventWaitHandle(bool, EventResetMode, string, NamedWaitHandleOptions)"/>
    public EventWaitHandle(bool initialState, EventResetMode mode, string? name, NamedWaitHandleOptions options)
        : this(initialState, mode, name, (NamedWaitHandleOptions?)options, out _)
    {
    }

    /// <inheritdoc cref="System.Threading.EventWaitHandle.EventWaitHandle(bool, EventResetMode, string, out bool)"/>
    public EventWaitHandle(bool initialState, EventResetMode mode, string? name, out bool createdNew)
        : this(initialState, mode, name, null, out createdNew)
    {
    }

    /// <inheritdoc cref="System.Threading.EventWaitHandle.EventWaitHandle(bool, EventResetMode, string, NamedWaitHandleOptions, out bool)"/>
    public EventWaitHandle(bool initialState, EventResetMode mode, string? name, NamedWaitHandleOptions options, out bool createdNew)
        : this(initialState, mode, name, (NamedWaitHandleOptions?)options, out createdNew)
    {
    }

    private EventWaitHandle(bool initialState, EventResetMode mode, string? name, NamedWaitHandleOptions? options, out bool createdNew)
    {
        _isManualReset = mode == EventResetMode.ManualReset;
        if (Target.IsWindows || string.IsNullOrEmpty(name))
        {
            createdNew = true;
            _own = name is null ? new Framework(initialState, mode)
                : options is { } chosen ? new Framework(initialState, mode, name, chosen, out createdNew)
                : new Framework(initialState, mode, name, out createdNew);
            SafeWaitHandle = _own.SafeWaitHandle;
            return;
        }

        if (mode is not (EventResetMode.AutoReset or EventResetMode.ManualReset))
        {
            throw new ArgumentException($"{mode} is no way to reset an event.", nameof(mode));
        }

        string known = ObjectNames.Of(name, options)!;
        _named = ObjectNames.Create(() => NamedEvent.Create(known, mode, initialState));
        createdNew = _named.CreatedNew;
        HasNoHandle();
    }

    private EventWaitHandle(NamedEvent? named, Framework? own)
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

    /// <summary>Asked on Linux only: there what was opened by name is of the library's.</summary>
    internal bool IsManualReset => _named is null ? _isManualReset : _named.Mode == EventResetMode.ManualReset;

    /// <summary>The framework's event, with whatever handle it was given since.</summary>
    private Framework Own
    {
        get
        {
            _own!.SafeWaitHandle = SafeWaitHandle;
            return _own;
        }
    }

    /// <inheritdoc cref="Framework.OpenExisting(string)"/>
    public static EventWaitHandle OpenExisting(string name) => Target.IsWindows
        ? new EventWaitHandle(null, Framework.OpenExisting(name))
        : new EventWaitHandle(ObjectNames.Open<NamedEvent>(name, null, NamedEvent.TryOpen), null);

    /// <inheritdoc cref="Framework.OpenExisting(string, NamedWaitHandleOptions)"/>
    public static EventWaitHandle OpenExisting(string name, NamedWaitHandleOptions options) => Target.IsWindows
        ? new EventWaitHandle(null, Framework.OpenExisting(name, options))
        : new EventWaitHandle(ObjectNames.Open<NamedEvent>(name, options, NamedEvent.TryOpen), null);

    /// <inheritdoc cref="Framework.TryOpenExisting(string, out Framework?)"/>
    public static bool TryOpenExisting(string name, [NotNullWhen(true)] out EventWaitHandle? result)
    {
        result = Target.IsWindows
            ? Framework.TryOpenExisting(name, out Framework? own) ? new EventWaitHandle(null, own) : null
            : ObjectNames.TryOpenExisting(name, null, NamedEvent.TryOpen, out NamedEvent? named) ? new EventWaitHandle(named, null) : null;
        return result is not null;
    }

    /// <inheritdoc cref="Framework.TryOpenExisting(string, NamedWaitHandleOptions, out Framework?)"/>
    public static bool TryOpenExisting(string name, NamedWaitHandleOptions options, [NotNullWhen(true)] out EventWaitHandle? result)
    {
        result = Target.IsWindows
            ? Framework.TryOpenExisting(name, options, out Framework? own) ? new EventWaitHandle(null, own) : null
            : ObjectNames.TryOpenExisting(name, options, NamedEvent.TryOpen, out NamedEvent? named) ? new EventWaitHandle(named, null) : null;
        return result is not null;
    }

    /// <inheritdoc cref="Framework.Set()"/>
    public bool Set()
    {
        if (_named is null)
        {
            return Own.Set();
        }

        _named.Set();
        return true;
    }

    /// <inheritdoc cref="Framework.Reset()"/>
    public bool Reset()
    {
        if (_named is null)
        {
            return Own.Reset();
        }

        _named.Reset();
        return true;
    }
}
