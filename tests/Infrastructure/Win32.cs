using System.Globalization;

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

    /// <summary>
    /// For what Wine is known to answer otherwise: there its error, in whatever exception that one comes as; everywhere else
    /// <paramref name="error"/> in <typeparamref name="TException"/>.
    /// </summary>
    /// <param name="error">Windows' answer.</param>
    /// <param name="fact">The fact that the call is a case of.</param>
    /// <param name="what">The fact's case in <c>wine-answers.tsv</c>.</param>
    /// <param name="action">The call.</param>
    public static void Fails<TException>(int error, int fact, string what, Action action)
        where TException : Exception
    {
        if (WineAnswers.For(fact, what) is { } row)
        {
            Fails(int.Parse(row.Answer, CultureInfo.InvariantCulture), action);
        }
        else
        {
            Fails<TException>(error, action);
        }
    }

    public static int ErrorOf(Exception exception) =>
        (exception.HResult & unchecked((int)0xFFFF_0000)) == unchecked((int)0x8007_0000) ? exception.HResult & 0xFFFF : -1;
}
