using System.Globalization;

namespace Crossmap.Channels.Inspection;

/// <summary>What the system says of a process.</summary>
internal static class ProcessState
{
    /// <summary>Whether a signal or a debugger stopped it. Null when the system does not say.</summary>
    public static bool? IsStopped(int process)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            // "PID (NAME) STATE …", where the name may hold anything, brackets and spaces too.
            string text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            int end = text.LastIndexOf(')');
            return end < 0 || end + 2 >= text.Length ? null : text[end + 2] is 'T' or 't';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
