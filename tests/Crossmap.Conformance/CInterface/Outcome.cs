using System.Globalization;

namespace Crossmap.Conformance.CInterface;

/// <summary>The outcome of a call in one word, as <see cref="Answer"/> compares it: "success", or the last error. What was created is closed again.</summary>
internal static class Outcome
{
    public static string Of(int isTrue) => isTrue != 0 ? Answer.Success : Error;

    public static string OfHandle(nint handle)
    {
        string outcome = handle is 0 or -1 ? Error : Answer.Success;
        if (handle is not (0 or -1))
        {
            Assert.Equal(1, HandleCalls.CloseHandle(handle));
        }

        return outcome;
    }

    public static string OfView(nint view)
    {
        string outcome = view == 0 ? Error : Answer.Success;
        if (view != 0)
        {
            Assert.Equal(1, ViewCalls.UnmapViewOfFile(view));
        }

        return outcome;
    }

    /// <summary>A wait's result, or "failed" with the last error.</summary>
    public static string OfWait(uint result) => result == WaitCalls.WAIT_FAILED ? $"failed {Error}" : $"{result}";

    private static string Error => LastError.Code.ToString(CultureInfo.InvariantCulture);
}
