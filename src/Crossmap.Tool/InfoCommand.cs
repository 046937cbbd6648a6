using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap info NAME [--json]</c></summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The name of an object of any kind." };
        Option<bool> json = JsonOption.Create();
        var info = new Command("info", "Shows what is known of one object, and who holds it.") { name, json };
        info.SetAction(parsed => Run(parsed.GetRequiredValue(name), parsed.GetValue(json)));
        return info;
    }

    private static int Run(string name, bool json)
    {
        NamedObjectInfo found = NamedObjects.Find(name)
            ?? throw new FileNotFoundException($"There is no object named '{name}'. An object ends with its last handle.");
        ObjectReport report = ObjectReport.Of(found);
        if (json)
        {
            ToolJson.Write(report, ToolJson.Readable.ObjectReport);
            return ExitCode.Success;
        }

        int width = ObjectReport.Titles.Max(title => title.Length) + 2;
        foreach ((string title, string field) in ObjectReport.Titles.Zip(report.Fields()))
        {
            string unit = title == "Size" && report.Size is { } size ? $" bytes ({ByteCount.Readable(size)})" : "";
            Console.Out.WriteLine($"{title.PadRight(width)}{field}{unit}");
        }

        return ExitCode.Success;
    }
}
