using System.Diagnostics;
using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>A process that makes file calls one by one (c/fileshell.c).</summary>
internal sealed class FileShell(CProgram program) : IDisposable
{
    public const uint Read = 0x8000_0000, Write = 0x4000_0000, Delete = 0x0001_0000;
    public const uint CreateNew = 1, CreateAlways = 2, OpenExisting = 3, OpenAlways = 4, TruncateExisting = 5;
    public const uint ShareAll = 7;

    private readonly Process _process = program.Start();

    public string Ask(string line)
    {
        _process.StandardInput.WriteLine(line);
        Task<string?> answer = _process.StandardOutput.ReadLineAsync();
        Assert.True(answer.Wait(ChildProcess.Watchdog), $"No answer to '{line}'.");
        return answer.Result ?? throw new InvalidOperationException($"The program ended: {_process.StandardError.ReadToEnd()}");
    }

    public string Open(int slot, string path, uint access, uint share = ShareAll, uint disposition = OpenExisting, uint flags = 0) =>
        Ask(string.Create(CultureInfo.InvariantCulture, $"open {slot} 0x{access:X} {share} {disposition} 0x{flags:X} {path}"));

    public void Kill()
    {
        _process.Kill();
        Assert.True(_process.WaitForExit(ChildProcess.Watchdog));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(ChildProcess.Watchdog))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
