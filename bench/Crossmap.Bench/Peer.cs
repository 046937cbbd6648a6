using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Crossmap.Bench;

/// <summary>
/// The other process of a row: this executable again. It answers lines by lines, works in the memory that both share in between, and
/// ends with the bench, however that ends.
/// </summary>
internal sealed class Peer : IDisposable
{
    public const string Verb = "--peer";

    /// <summary>The same as a Windows program, which shares nothing with the bench.</summary>
    public const string WindowsVerb = "--windows-peer";

    private const string Ready = "ready";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly Dictionary<string, Func<string[], Func<string[], string>>> Roles = new()
    {
        [Rows.OpenFlat.Role] = Rows.OpenFlat.Serve,
        [Rows.SemaphoreHandOff.Role] = Rows.SemaphoreHandOff.Serve,
        [Rows.EventHandOff.Role] = Rows.EventHandOff.Serve,
        [Rows.ContendedMutex.Role] = Rows.ContendedMutex.Serve,
        [Rows.ConditionHandOff.Role] = Rows.ConditionHandOff.Serve,
        [Rows.SemaphoreWakeUp.Role] = Rows.SemaphoreWakeUp.Serve,
        [Rows.Exchanging.Role] = Rows.Exchanging.Serve,
        [Rows.ChannelWakeUp.Role] = Rows.ChannelWakeUp.Serve,
        [Rows.WakeUpOfAny.Role] = Rows.WakeUpOfAny.Serve,
    };

    private readonly Ground _ground;
    private readonly Process _process;

    private Peer(Ground ground, Process process)
    {
        _ground = ground;
        _process = process;
        ground.Adopt(process);
    }

    /// <param name="context">The bench's.</param>
    /// <param name="root">The peer's store: the bench's own, or another.</param>
    /// <param name="role">What it does.</param>
    /// <param name="arguments">For the role.</param>
    public static Peer Start(BenchContext context, string root, string role, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Verb, context.Library, role, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["CROSSMAP_ROOT"] = root;
        return Start(context, start);
    }

    /// <summary>Another program that answers so.</summary>
    public static Peer StartProgram(BenchContext context, string program) => Start(context, new ProcessStartInfo(program)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    });

    /// <summary>The same as a Windows executable, under Wine.</summary>
    public static Peer StartUnderWine(BenchContext context, string executable, params string[] arguments)
    {
        var start = new ProcessStartInfo("eng/wine.sh", ["run", Path.GetFullPath(executable), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["WINEDEBUG"] = "-all";
        return Start(context, start);
    }

    private static Peer Start(BenchContext context, ProcessStartInfo start)
    {
        var peer = new Peer(context.Ground, Process.Start(start)!);
        while (peer.Receive() != Ready)
        {
            // What Wine has to say first.
        }

        return peer;
    }

    public void Send(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public string Receive()
    {
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        return line.Wait(Patience) && line.Result is { } answer ? answer : throw new InvalidOperationException("The bench's other process ended or hangs.");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(Patience))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _ground.Release(_process);
        _process.Dispose();
    }

    /// <summary>The peer's own main: "ready", then an answer to every line until there are no more.</summary>
    public static int Run(string[] arguments)
    {
        RawLibrary.Load(arguments[0]);
        RawLibrary.bench_die_with_parent();

        // Interrupted from a terminal, both are: the bench ends its peers and cleans up behind them.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static signal => signal.Cancel = true);
        return Answer(Roles[arguments[1]](arguments[2..]));
    }

    /// <summary>The main of the Windows executable.</summary>
    public static int RunOnWindows(string[] arguments) => Answer(Rows.KernelObjects.Serve(arguments[0]));

    private static int Answer(Func<string[], string> answer)
    {
        Console.Out.WriteLine(Ready);
        while (Console.In.ReadLine() is { } line)
        {
            Console.Out.WriteLine(answer(line.Split(' ')));
        }

        return 0;
    }

    public static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
