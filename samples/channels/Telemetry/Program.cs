using System.Diagnostics;
using Crossmap.Channels;

// One process writes what it measures, as fast as it can; two look at the latest, each at its own pace. The writer never waits for them, and each value
// they see is whole. Then the writer is killed in the middle of a write, and the next one goes on where it stopped.
// Run it without arguments; it starts the others itself.
const long Last = 200_000;
switch (args)
{
    case ["measure", var name, var end]:
        Measure(name, end == "killed");
        return 0;
    case ["look", var name]:
        return Look(name);
    default:
        return Run();
}

static void Measure(string name, bool isKilled)
{
    using var value = SharedValue<Telemetry>.Open(name);
    long number = value.TryRead(out Telemetry latest, out _) ? latest.Number : 0;
    Console.WriteLine($"goes on after {number}");
    while (number < Last)
    {
        number++;
        using ValueWrite<Telemetry> write = value.BeginWrite();
        write.Value = new Telemetry { Number = number, Speed = number * 0.5, Height = number * 3.0, Check = -number };
        if (isKilled && number == Last / 2)
        {
            Console.WriteLine("in the middle of a write");
            Thread.Sleep(Timeout.Infinite);
        }

        write.Commit();
    }
}

static int Look(string name)
{
    using var value = SharedValue<Telemetry>.Open(name);
    long version = 0, seen = 0, before = 0;
    while (before < Last && value.WaitForChange(ref version))
    {
        Telemetry telemetry = value.Read();
        bool isWhole = telemetry.Check == -telemetry.Number && telemetry.Speed == telemetry.Number * 0.5 && telemetry.Height == telemetry.Number * 3.0;
        if (!isWhole || telemetry.Number < before)
        {
            Console.WriteLine($"not whole, or older than the one before: {telemetry.Number}");
            return 1;
        }

        before = telemetry.Number;
        seen++;
    }

    Console.WriteLine($"saw {seen} whole values, the last one {before}");
    return 0;
}

static int Run()
{
    string name = $"telemetry-{Environment.ProcessId}";
    using var value = SharedValue<Telemetry>.Create(name);
    using Process one = Start("look", name), other = Start("look", name);
    using Process killed = Start("measure", name, "killed");
    Console.WriteLine($"a writer {killed.StandardOutput.ReadLine()}");
    string? middle = killed.StandardOutput.ReadLine();
    killed.Kill();
    killed.WaitForExit();
    Console.WriteLine($"killed {middle}");

    using Process next = Start("measure", name, "ends");
    Console.WriteLine($"the next writer {next.StandardOutput.ReadLine()}");
    next.WaitForExit();
    Console.WriteLine($"a reader {one.StandardOutput.ReadLine()}");
    Console.WriteLine($"a reader {other.StandardOutput.ReadLine()}");
    one.WaitForExit();
    other.WaitForExit();
    return one.ExitCode + other.ExitCode + next.ExitCode;
}

static Process Start(params string[] arguments) =>
    Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;

internal struct Telemetry
{
    public long Number;
    public double Speed, Height;
    public long Check;
}
