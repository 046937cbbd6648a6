namespace Crossmap.Testing;

/// <summary>Assertions on the Win32 error that an exception carries.</summary>
internal static class Win32
{
    public static TException Fails<TException>(int error, Action action)
        where TException : Exception
    {
        TException exception = Assert.ThrowsAny<TException>(action);
        Assert.True(ErrorOf(exception) == error, $"Expected error {error}, got 0x{exception.HResult:X8}: {exception.Message}");
        return exception;
    }

    public static void Fails(int error, Action action) => Fails<Exception>(error, action);

    public static int ErrorOf(Exception exception) =>
        (exception.HResult & unchecked((int)0xFFFF_0000)) == unchecked((int)0x8007_0000) ? exception.HResult & 0xFFFF : -1;
}
