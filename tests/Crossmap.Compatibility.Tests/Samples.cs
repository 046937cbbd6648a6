using System.Reflection;
using Crossmap.Testing;

namespace Crossmap.Compatibility.Tests;

/// <summary>The programs in samples/unedited/, whose sources were not edited for Linux: they are built with the one property, and each runs in a process of its own.</summary>
public sealed class Samples : IDisposable
{
    /// <summary>The names in them are fixed: each test gives them a store of its own. Tests of one class run one after the other.</summary>
    private readonly string _root = $"/dev/shm/crossmap-samples-{Environment.ProcessId}";

    public Samples()
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    [Fact]
    public void Three_processes_write_one_after_the_other_and_the_first_reads_all()
    {
        using ChildProcess a = Start("ProcessA");
        a.Expect("Start Process B and press ENTER to continue.");
        Run("ProcessB");
        a.Send("");
        a.Expect("Start Process C and press ENTER to continue.");
        Run("ProcessC");
        a.Send("");
        a.Expect("Process A says: True");
        a.Expect("Process B says: False");
        a.Expect("Process C says: True");
        a.Finish();
    }

    [Fact]
    public void Nothing_is_left_when_the_first_process_was_killed()
    {
        using (ChildProcess a = Start("ProcessA"))
        {
            a.Expect("Start Process B and press ENTER to continue.");
            a.Kill();
        }

        using ChildProcess b = Start("ProcessB");
        b.Expect("Memory-mapped file does not exist. Run Process A first.");
        b.Finish();
    }

    [Fact]
    public void Two_talk()
    {
        using ChildProcess first = Start("Chat");
        first.Expect("You are number 0. Type, or an empty line to leave.");
        using ChildProcess second = Start("Chat");
        second.Expect("You are number 1. Type, or an empty line to leave.");
        for (int i = 0; i < 20; i++)
        {
            first.Send($"{i}, hello");
            second.Expect($"0: {i}, hello");
            second.Send($"{i}, and good day");
            first.Expect($"1: {i}, and good day");
        }

        first.Send("");
        first.Finish();
        second.Finish();
    }

    [ChildScenario]
    internal static void RunSample(string[] arguments)
    {
        MethodInfo main = Assembly.Load(arguments[0]).EntryPoint!;
        main.Invoke(null, [Array.Empty<string>()]);
    }

    private void Run(string sample)
    {
        using ChildProcess process = Start(sample);
        process.Finish();
    }

    private ChildProcess Start(string sample) =>
        ChildProcess.Start(RunSample, prefix: [], new Dictionary<string, string> { ["CROSSMAP_ROOT"] = _root }, sample);
}
