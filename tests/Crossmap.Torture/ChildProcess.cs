using System.Collections;
using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>
/// A child of this executable. Started and reaped here alone: only so is a signal sure to reach the process it is meant for, because a
/// process id cannot be used again before its owner was reaped.
/// </summary>
internal sealed unsafe class ChildProcess
{
    private bool _reaped;

    private ChildProcess(int id) => Id = id;

    public int Id { get; }

    /// <summary>As <c>waitpid</c> gave it; only when the process has ended.</summary>
    public int Status { get; private set; }

    public bool WasKilled => (Status & 0x7F) == Native.SIGKILL;

    public string Ending => (Status & 0x7F) == 0 ? $"exit code {(Status >> 8) & 0xFF}" : $"signal {Status & 0x7F}";

    /// <summary>Not the path of this process: that is "dotnet" when the assembly was started through it.</summary>
    public static string Executable => Path.Combine(AppContext.BaseDirectory, "Crossmap.Torture");

    /// <summary>Where the kernel has each thread: its state, and the system call it is in with that one's arguments.</summary>
    public string DescribeThreads()
    {
        try
        {
            return string.Join("; ", Directory.GetDirectories($"/proc/{Id}/task").Select(thread =>
                $"{Path.GetFileName(thread)} {File.ReadLines(thread + "/status").First(line => line.StartsWith("State:", StringComparison.Ordinal))} {File.ReadAllText(thread + "/syscall").Trim()}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"its threads cannot be seen: {e.Message}";
        }
    }

    public static ChildProcess Start(RunFolder folder, params string[] arguments) => StartProgram(folder, Executable, arguments);

    public static ChildProcess StartProgram(RunFolder folder, string path, string[] arguments)
    {
        var environment = new List<string>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment.Add($"{variable.Key}={variable.Value}");
        }

        // Without diagnostics a killed process leaves no socket in the temporary folder; without W^X it starts sooner.
        environment.AddRange([$"CROSSMAP_ROOT={folder.Root}", "DOTNET_EnableDiagnostics=0", "DOTNET_EnableWriteXorExecute=0", "DOTNET_TieredCompilation=1"]);
        int id;
        nint executable = Marshal.StringToCoTaskMemUTF8(path);
        byte** argv = Strings([path, .. arguments]), envp = Strings([.. environment]);

        // In a group of its own: who interrupts the run at a terminal, or by a time limit, interrupts the controller, not those under test.
        Native.SpawnAttributes attributes;
        _ = Native.posix_spawnattr_init(&attributes);
        _ = Native.posix_spawnattr_setflags(&attributes, Native.POSIX_SPAWN_SETPGROUP);
        int error = Native.posix_spawn(&id, (byte*)executable, 0, &attributes, argv, envp);
        Free(argv);
        Free(envp);
        Marshal.FreeCoTaskMem(executable);
        if (error != 0)
        {
            throw new InvalidOperationException($"posix_spawn: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        return new ChildProcess(id);
    }

    /// <summary>In the child: ends with the controller, however that ends.</summary>
    public static void DieWithParent() => _ = Native.prctl(Native.PR_SET_PDEATHSIG, Native.SIGKILL, 0, 0, 0);

    public void Signal(int signal)
    {
        if (!_reaped)
        {
            _ = Native.kill(Id, signal);
        }
    }

    /// <summary>True when it has ended by itself; then it is reaped.</summary>
    public bool HasEnded()
    {
        int status;
        if (!_reaped && Native.waitpid(Id, &status, Native.WNOHANG) == Id)
        {
            _reaped = true;
            Status = status;
        }

        return _reaped;
    }

    /// <summary>When it returns the kernel has dropped everything the process held.</summary>
    public void Kill()
    {
        Signal(Native.SIGKILL);
        Reap();
    }

    public void Reap()
    {
        int status;
        while (!_reaped)
        {
            // A traced process reports stops too; only its end counts.
            if (Native.waitpid(Id, &status, Native.__WALL) == Id && (status & 0xFF) != 0x7F)
            {
                _reaped = true;
                Status = status;
            }
        }
    }

    private static byte** Strings(string[] strings)
    {
        var array = (byte**)NativeMemory.AllocZeroed((nuint)(strings.Length + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < strings.Length; i++)
        {
            array[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        return array;
    }

    private static void Free(byte** array)
    {
        for (byte** p = array; *p is not null; p++)
        {
            Marshal.FreeCoTaskMem((nint)(*p));
        }

        NativeMemory.Free(array);
    }
}
