using System.Globalization;
using Spectre.Console;

namespace Crossmap.Tool.Demo;

/// <summary>The demonstration's words: on a terminal with colours and a bar where it takes long, in a pipe plain, with <c>--json</c> nothing.</summary>
internal sealed class DemoOutput(bool isSilent)
{
    /// <summary>Less is done before a bar is read.</summary>
    private const long LeastBytesForBar = 32 << 20;

    private const int LabelWidth = 14;

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Number(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public void Heading(string text) => Write(new Text($"{Environment.NewLine}{text}", new Style(decoration: Decoration.Bold)));

    public void Line(string label, string text) => Write(new Text($"  {label.PadRight(LabelWidth)}{text}"));

    public void Check(DemoReport.Check check) =>
        Write(new Paragraph("  ").Append((check.Held ? "ok" : "FAILED").PadRight(LabelWidth), new Style(check.Held ? Color.Green : Color.Red)).Append(check.What));

    /// <summary>Runs something long, which tells how far it is.</summary>
    public void Track(string what, long total, Action<Action<long>> work)
    {
        if (isSilent || !Terminal.IsInteractive || total < LeastBytesForBar)
        {
            work(_ => { });
            return;
        }

        Terminal.Out.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn()).Start(context =>
        {
            ProgressTask task = context.AddTask(what, maxValue: total);
            work(done => task.Value = done);
        });
    }

    private void Write(Spectre.Console.Rendering.IRenderable line)
    {
        if (!isSilent)
        {
            Terminal.Out.Write(line);
            Terminal.Out.WriteLine();
        }
    }
}
