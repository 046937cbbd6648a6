using Crossmap.Objects;

namespace Crossmap;

/// <summary>A handle to something that processes share by name to take turns or to tell each other: all kinds but mappings. Thread safe.</summary>
public abstract class NamedPrimitive : IDisposable
{
    private readonly Primitive _primitive;
    private volatile bool _disposed;

    private protected NamedPrimitive(Primitive primitive, string? name)
    {
        _primitive = primitive;
        Name = string.IsNullOrEmpty(name) ? null : name;
    }

    /// <summary>The name it was created or opened with; null for an unnamed one, and for one in a view.</summary>
    public string? Name { get; }

    /// <summary>True when this handle created the object; false when it was there and was opened (facts 227, 232).</summary>
    public bool CreatedNew
    {
        get
        {
            ThrowIfDisposed();
            return _primitive.CreatedNew;
        }
    }

    /// <summary>Closes the handle. Closing twice does nothing.</summary>
    public void Dispose()
    {
        _disposed = true;
        _primitive.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Opens by name; a missing name is an exception.</summary>
    private protected static T Required<T>(T? opened, string kind, string name)
        where T : NamedPrimitive => opened ?? throw new WaitHandleCannotBeOpenedException(
            $"There is no {kind} named '{name}'. It ends with its last handle: is the process that created it still running?")
        {
            HResult = unchecked((int)0x8007_0000) | Win32Error.ERROR_FILE_NOT_FOUND,
        };

    /// <summary>Opens in a view; that nothing lies there is an exception.</summary>
    private protected static T Required<T>(T? opened, string kind, long offset)
        where T : NamedPrimitive => opened ?? throw new WaitHandleCannotBeOpenedException(
            $"There is no {kind} at {offset} in the view. Whoever creates the mapping creates what lies in it; on Windows it ends with its last handle.")
        {
            HResult = unchecked((int)0x8007_0000) | Win32Error.ERROR_FILE_NOT_FOUND,
        };

    /// <summary>A wrong kind of object is the exception that users of wait handles catch.</summary>
    private protected static T WithWaitErrors<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (IOException e) when (Errors.CodeOf(e) == Win32Error.ERROR_INVALID_HANDLE)
        {
            throw new WaitHandleCannotBeOpenedException(e.Message, e) { HResult = e.HResult };
        }
    }

    private protected static long MillisecondsOf(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return -1;
        }

        double milliseconds = Math.Ceiling(timeout.TotalMilliseconds);
        return timeout >= TimeSpan.Zero && milliseconds <= int.MaxValue ? (long)milliseconds
            : throw Errors.OutOfRange(nameof(timeout), $"A wait of {timeout} is none: it is from zero to {int.MaxValue} ms, or infinite.");
    }
}
