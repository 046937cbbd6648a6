using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap setup-global --group NAME</c></summary>
internal static class SetupGlobalCommand
{
    public static Command Create()
    {
        var group = new Option<string>("--group") { Description = "The group whose members share the names, by name or number.", HelpName = "NAME", Required = true };
        var setup = new Command("setup-global", @"Makes the folder of Global\ for a group. Root's work; needed once after each start of the system.") { group };
        setup.SetAction(parsed => Run(parsed.GetRequiredValue(group)));
        return setup;
    }

    private static int Run(string group)
    {
        string folder = NamedObjects.SetUpGlobal(group);
        Console.Out.WriteLine($@"Global\ is in {folder}, for the members of {Printable.Name(group)}");
        return ExitCode.Success;
    }
}
