using System.Diagnostics;
using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>A C or C++ compiler of this machine.</summary>
internal static class Compiler
{
    public static readonly string[] Strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

    public static bool Exists(string command) => Ran(command, ["--version"], out _);

    public static void Needed(string command) => Assert.SkipUnless(Exists(command), $"There is no {command}.");

    public static void Compile(string command, string[] arguments) =>
        Assert.True(Ran(command, arguments, out string output), $"{command} {string.Join(' ', arguments)}\n{output}");

    private static bool Ran(string command, string[] arguments, out string output)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            Task<string> text = process.StandardOutput.ReadToEndAsync();
            output = process.StandardError.ReadToEnd() + text.Result;
            Assert.True(process.WaitForExit(ChildProcess.Watchdog), $"{command} did not end.");
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            output = e.Message;
            return false;
        }
    }
}
