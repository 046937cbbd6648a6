using System.Runtime.CompilerServices;

namespace Crossmap.Conformance.CInterface;

/// <summary>A handle that a call gave, closed with the test's block.</summary>
internal sealed class Handle(nint value) : IDisposable
{
    /// <summary>
    /// Whether a closed handle's value stays nobody's for a while. Windows gives it to the next, in whatever thread of the process: there nothing
    /// may be done with it.
    /// </summary>
    public static bool ValuesRest => !OperatingSystem.IsWindows();

    private bool _isClosed;

    /// <summary>The value, also after the handle was closed.</summary>
    public nint Value => value;

    /// <summary>The last error of the call that gave it.</summary>
    public uint Error { get; } = LastError.Code;

    public bool CreatedNew => Error == 0;

    public static implicit operator nint(Handle handle) => handle.Value;

    /// <summary>Fails the test when the call failed.</summary>
    public static Handle Of(nint value, [CallerArgumentExpression(nameof(value))] string call = "")
    {
        Assert.True(value is not (0 or -1), $"{call}: last error {LastError.Code}");
        return new Handle(value);
    }

    public void Dispose()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            Assert.Equal(1, HandleCalls.CloseHandle(value));
        }
    }
}
