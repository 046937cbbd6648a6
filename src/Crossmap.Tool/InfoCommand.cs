using System.CommandLine;
using Crossmap.Channels;
using Crossmap.Tool.Messages;

namespace Crossmap.Tool;

/// <summary><c>crossmap info NAME|PATH [--json]</c></summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME|PATH") { Description = "The name of an object of any kind, or the path of a file with a channel in it." };
        Option<bool> json = JsonOption.Create();
        var info = new Command("info", "Shows what is known of one object, and who holds it.") { name, json };
        info.SetAction(parsed => Run(parsed.GetRequiredValue(name), parsed.GetValue(json)));
        return info;
    }

    private static int Run(string name, bool json)
    {
        ObjectReport report = Find(name);
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

        foreach ((string title, string field) in report.Channel?.Lines() ?? [])
        {
            Console.Out.WriteLine($"{title.PadRight(width)}{field}");
        }

        return ExitCode.Success;
    }

    /// <summary>The object of that name, which may be any text; if there is none and it looks like a path, the channel in that file.</summary>
    private static ObjectReport Find(string name)
    {
        bool isFile = new ChannelAddress(name).IsFile && File.Exists(name);
        return NamedObjects.Find(name) is { } found ? ObjectReport.Of(found)
            : isFile ? ObjectReport.OfFile(ChannelInfo.InspectFile(name))
            : throw new FileNotFoundException($"There is no object named '{name}'. An object ends with its last handle.");
    }
}
