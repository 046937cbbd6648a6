using Crossmap.Bench;
using Crossmap.Bench.Rows;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

if (args is [Peer.Verb, .. var role])
{
    return Peer.Run(role);
}

if (args is [Peer.WindowsVerb, .. var windowsRole])
{
    return Peer.RunOnWindows(windowsRole);
}

if (!BenchOptions.TryParse(args, out BenchOptions? options))
{
    Console.Error.WriteLine(BenchOptions.Usage);
    return 2;
}

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("The bench compares with raw Linux calls; on Windows the library calls the kernel itself and adds nothing to measure.");
    return 2;
}

using var ground = new Ground();
if (!RawLibrary.TryCompile(ground.Scratch, out string? library, out string? complaint))
{
    Console.Error.WriteLine(complaint);
    return 2;
}

RawLibrary.Load(library);
if (!CProgram.HasLibrary)
{
    Console.Error.WriteLine("There is no libcrossmap.so, so its rows are left out: dotnet publish src/Crossmap.Native -c Release -r linux-x64");
}

var context = new BenchContext(options, ground, library);
List<RowResult> results = [];
List<(string Row, string Reason)> missing = [];
foreach ((string name, Func<BenchContext, Row> open) in Catalogue.RowsFor(options))
{
    if (options.Selects(name))
    {
        if (!options.JsonToOutput)
        {
            Console.Error.Write($"\r{name,-20}\r");
        }

        try
        {
            using Row row = open(context);
            results.Add(Rounds.Measure(name, row, options));
        }
        catch (RowVoidException e)
        {
            missing.Add((name, e.Message));
        }
    }
}

if (results.Count + missing.Count == 0)
{
    Console.Error.WriteLine($"No row is called that. Rows: {string.Join(", ", Catalogue.RowsFor(options).Select(r => r.Name))}");
    return 2;
}

var report = new Report(options, results, missing);
if (!options.JsonToOutput)
{
    Console.Out.Write(report.Table());
}

if (options.Json is { } target)
{
    if (options.JsonToOutput)
    {
        Console.Out.WriteLine(report.Json());
    }
    else
    {
        File.WriteAllText(target, report.Json() + "\n");
    }
}

// Whatever the figures: a bench tells, it does not judge. A machine that is busy is no failure.
return 0;
