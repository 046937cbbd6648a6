using System.Diagnostics;
using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>
/// A program in C, one in Python and one in C# share one mapping, one semaphore and one mutex, and are killed at random: the others carry on, and
/// whoever gets a dead owner's mutex is told. CROSSMAP_KILLS sets the number of kills.
/// </summary>
public sealed class ThreeLanguages : IDisposable
{
    private const int Usual = 30;

    /// <summary>In the mapping, as 64-bit numbers: what is counted twice, how often a mutex was abandoned, and what each program counted.</summary>
    private const int First = 0, Second = 1, Abandoned = 2, Own = 8, Bytes = 4096;

    private readonly string _name = UniqueName.Create();
    private readonly CProgram _c = new("turns.c");
    private string _python = "python3";
    private readonly Process?[] _programs = new Process?[3];

    [Fact]
    public void Carry_on_whoever_of_them_is_killed()
    {
        Assert.SkipUnless(Compiler.Exists("python3"), "There is no python3.");

        // Not what stands before it on some machines to choose among several, and costs more than all the rest.
        using (Process asking = Start("python3", "-c", "import sys; print(sys.executable)"))
        {
            _python = asking.StandardOutput.ReadToEnd().Trim();
        }

        int kills = int.TryParse(Environment.GetEnvironmentVariable("CROSSMAP_KILLS"), CultureInfo.InvariantCulture, out int asked) ? asked : Usual;
        int seed = Environment.TickCount;
        var random = new Random(seed);
        using var mapping = FileMapping.CreateInMemory(Bytes, _name);
        using var view = mapping.MapView();
        using var mutex = NamedMutex.Create(_name + ".mutex");
        using var tokens = NamedSemaphore.Create(_name + ".tokens", 2, int.MaxValue);
        using var told = NamedSemaphore.Create(_name + ".told", 0, int.MaxValue);
        for (int i = 0; i < _programs.Length; i++)
        {
            _programs[i] = Start(i);
        }

        for (int i = 0; i < kills; i++)
        {
            AwaitProgress(view, told, seed, i);
            int victim = random.Next(_programs.Length);
            End(victim);

            // The one that the dead may have had.
            tokens.Release();
            _programs[victim] = Start(victim);
        }

        AwaitProgress(view, told, seed, kills);
        for (int i = 0; i < _programs.Length; i++)
        {
            End(i);
        }

        bool abandoned = false;
        try
        {
            Assert.True(mutex.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        }
        catch (AbandonedMutexException)
        {
            abandoned = true;
        }

        Span<long> numbers = view.AsSpan<long>(0, Bytes / sizeof(long));
        Assert.True(abandoned || numbers[First] == numbers[Second], $"{numbers[First]} and {numbers[Second]}, and nobody was told (seed {seed})");
        mutex.Release();

        // Between the first count and one's own a kill loses one's own.
        long own = numbers[Own] + numbers[Own + 1] + numbers[Own + 2];
        Assert.InRange(numbers[First] - own, 0, kills + 3);
        Assert.InRange(numbers[Abandoned], 0, kills);
        TestContext.Current.SendDiagnosticMessage("{0} kills, {1} turns, {2} times abandoned, seed {3}", kills, numbers[First], numbers[Abandoned], seed);
    }

    /// <summary>The same in C#.</summary>
    [ChildScenario]
    internal static void TakeTurns(string[] arguments)
    {
        string name = arguments[0];
        int place = Own + int.Parse(arguments[1], CultureInfo.InvariantCulture);
        using var mapping = FileMapping.Open(name);
        using var view = mapping.MapView();
        using var mutex = NamedMutex.Open(name + ".mutex");
        using var tokens = NamedSemaphore.Open(name + ".tokens");
        using var told = NamedSemaphore.Open(name + ".told");
        while (true)
        {
            Span<long> numbers = view.AsSpan<long>(0, Bytes / sizeof(long));
            tokens.Wait();
            try
            {
                mutex.Wait();
            }
            catch (AbandonedMutexException)
            {
                numbers[Second] = numbers[First];
                numbers[Abandoned]++;
            }

            Assert.Equal(numbers[First], numbers[Second]);
            numbers[First]++;
            numbers[Second]++;
            numbers[place]++;
            mutex.Release();
            tokens.Release();
            told.Release();
        }
    }

    public void Dispose()
    {
        for (int i = 0; i < _programs.Length; i++)
        {
            End(i);
        }

        _c.Dispose();
    }

    /// <summary>Until each of them has counted since.</summary>
    private void AwaitProgress(MappedView view, NamedSemaphore told, int seed, int kills)
    {
        long[] before = [.. Enumerable.Range(Own, 3).Select(i => Volatile.Read(ref view.At<long>(i * sizeof(long))))];
        while (Enumerable.Range(0, 3).Any(i => Volatile.Read(ref view.At<long>((Own + i) * sizeof(long))) == before[i]))
        {
            bool went = told.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken);
            string ended = string.Join("; ", _programs.Where(p => p is { HasExited: true }).Select(p => p!.StandardError.ReadToEnd()));
            Assert.True(went && ended.Length == 0, $"After {kills} kills (seed {seed}) {(went ? "one ended" : "nobody goes on")}: {ended}");
        }
    }

    private Process Start(int program) => program switch
    {
        0 => _c.Start(_name, "0"),
        1 => Start(_python, Path.Combine(BuiltLibrary.Root, "tests/Crossmap.Native.Tests/python/turns.py"), BuiltLibrary.File, _name, "1"),
        _ => Start(Environment.ProcessPath!, "--child", $"{nameof(ThreeLanguages)}.{nameof(TakeTurns)}", _name, "2"),
    };

    private static Process Start(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return Process.Start(start)!;
    }

    private void End(int program)
    {
        if (_programs[program] is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _programs[program] = null;
        }
    }
}
