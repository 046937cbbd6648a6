namespace Crossmap.Tests;

/// <summary>The threads of a process, as Linux shows them. Any of them may be gone when it is looked at.</summary>
internal static class ThreadsOfProcess
{
    /// <summary>How many threads of this process have a name that begins so.</summary>
    public static int CountNamed(string beginning) => Count("self", "comm", beginning);

    /// <summary>How many threads of a process are in a system call at this moment.</summary>
    public static int CountIn(int process, int call) => Count($"{process}", "syscall", $"{call} ");

    private static int Count(string process, string file, string beginning) =>
        Directory.GetDirectories($"/proc/{process}/task").Count(thread => Read(Path.Combine(thread, file)).StartsWith(beginning, StringComparison.Ordinal));

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
