using System.Diagnostics;

namespace Crossmap.Torture;

/// <summary>One run: kills at every system call first, random kills for the rest of the time, then the account.</summary>
internal sealed class TortureRun : IDisposable
{
    private const int ViolationsShown = 20;

    private readonly TortureOptions _options;
    private readonly RunFolder _folder;
    private readonly ControlBlock _control;
    private readonly ViolationLog _violations;

    public TortureRun(TortureOptions options, RunFolder folder)
    {
        _options = options;
        _folder = folder;

        // Before the library looks at it: the controller's own objects lie where its workers' do.
        Environment.SetEnvironmentVariable("CROSSMAP_ROOT", folder.Root);
        _control = ControlBlock.Create(folder);
        _violations = new ViolationLog(folder, _control);
    }

    public int Run()
    {
        var clock = Stopwatch.StartNew();
        Console.WriteLine($"torture: seed {_options.Seed}, {_options.Seconds} s, {_options.Processes} processes, objects in {_folder.Root}");
        for (int i = 0; i < Names.DataFiles; i++)
        {
            byte[] content = new byte[Names.MemorySize];
            BitConverter.TryWriteBytes(content, i + 1L);
            File.WriteAllBytes(_folder.DataFile(i), content);
        }

        var random = new Random(_options.Seed);
        TimeSpan end = TimeSpan.FromSeconds(_options.Seconds);
        var syscalls = new SyscallKills(_folder, _control, _violations, random);

        // A short run does not reach every system call; it starts at a different one with each seed.
        syscalls.Run(until: () => clock.Elapsed > end * 0.4);
        Console.WriteLine(syscalls.Summary);

        using var randomKills = new RandomKills(_folder, _control, _violations, _options, random);
        randomKills.Run(until: () => clock.Elapsed > end);
        Console.WriteLine(randomKills.Summary);

        foreach (string violation in _violations.First(ViolationsShown))
        {
            Console.Error.WriteLine($"VIOLATION (seed {_options.Seed}): {violation}");
        }

        Console.WriteLine(
            $"torture: {syscalls.Kills + randomKills.Kills} kills, {syscalls.Operations + randomKills.Operations} operations, " +
            $"{_violations.Count} violations, {clock.Elapsed.TotalSeconds:F0} s, seed {_options.Seed}");
        return _violations.Count == 0 ? 0 : 1;
    }

    public void Dispose() => _control.Dispose();
}
