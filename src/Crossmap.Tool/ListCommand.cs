using System.CommandLine;
using Spectre.Console;

namespace Crossmap.Tool;

/// <summary><c>crossmap list [--json]</c></summary>
internal static class ListCommand
{
    public static Command Create()
    {
        Option<bool> json = JsonOption.Create();
        var list = new Command("list", "Shows the live objects that this user may look into.") { json };
        list.SetAction(parsed => Run(parsed.GetValue(json)));
        return list;
    }

    private static int Run(bool json)
    {
        List<ObjectReport> objects = [.. NamedObjects.List().Select(ObjectReport.Of)];
        if (json)
        {
            ToolJson.Write(objects, ToolJson.Readable.IReadOnlyListObjectReport);
        }
        else if (!Terminal.IsInteractive)
        {
            // Names and paths hold no tab any more: control characters are written out.
            Console.Out.WriteLine(string.Join('\t', ObjectReport.Titles));
            objects.ForEach(o => Console.Out.WriteLine(string.Join('\t', o.Fields(readable: false))));
        }
        else if (objects.Count == 0)
        {
            Console.Out.WriteLine("There are no named objects.");
        }
        else
        {
            var table = new Table { Border = TableBorder.Rounded };
            foreach (string title in ObjectReport.Titles)
            {
                table.AddColumn(title);
            }

            // As text, never as markup: a name may be [red] or :smile:.
            objects.ForEach(o => table.AddRow(o.Fields(readable: true).Select(field => new Text(field))));
            Terminal.Out.Write(table);
        }

        return ExitCode.Success;
    }
}
