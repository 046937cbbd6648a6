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
            objects.ForEach(o => Console.Out.WriteLine(string.Join('\t', o.Fields())));
        }
        else if (objects.Count == 0)
        {
            Console.Out.WriteLine("There are no named objects.");
        }
        else
        {
            Terminal.Out.Write(Table([.. objects.Select(o => o.NarrowFields())]));
        }

        return ExitCode.Success;
    }

    /// <summary>Columns in which no object has anything are left out; names, states and paths give way where the terminal is narrow.</summary>
    private static Table Table(string[][] rows)
    {
        int[] columns = [.. Enumerable.Range(0, ObjectReport.NarrowTitles.Count).Where(column => rows.Any(row => row[column] != ObjectReport.Nothing))];
        var table = new Table { Border = TableBorder.Rounded };
        foreach (int column in columns)
        {
            string title = ObjectReport.NarrowTitles[column];
            table.AddColumn(new TableColumn(title) { NoWrap = title is "Kind" or "Handles" });
        }

        // As text, never as markup: a name may be [red] or :smile:.
        foreach (string[] row in rows)
        {
            table.AddRow(columns.Select(column => new Text(row[column])));
        }

        return table;
    }
}
