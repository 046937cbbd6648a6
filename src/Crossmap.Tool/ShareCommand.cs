using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap share FILE --name NAME [--read-only] [-- COMMAND…]</c></summary>
internal static class ShareCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "An existing file." };
        var name = new Option<string>("--name") { Description = "The name to share it under.", HelpName = "NAME", Required = true };
        var readOnly = new Option<bool>("--read-only") { Description = "Nobody may write to it through the name." };
        Option<ObjectAudience> audience = Audience.Option();
        Argument<string[]> command = ChildCommand.Argument("Behind --: runs this with CROSSMAP_NAME set, ends with it and exits with its code.");
        var share = new Command("share", "Maps an existing file under a name and holds it until SIGINT or SIGTERM, or until COMMAND ends.")
        {
            file, command, name, readOnly, audience,
        };
        share.SetAction(parsed => Run(
            parsed.GetRequiredValue(file),
            parsed.GetRequiredValue(name),
            parsed.GetValue(readOnly) ? PageProtection.ReadOnly : PageProtection.ReadWrite,
            parsed.GetValue(audience),
            ChildCommand.From(parsed, command)));
        return share;
    }

    private static int Run(string file, string name, PageProtection protection, ObjectAudience audience, string[] command)
    {
        RequireName(name);
        using var signals = new StopSignals();
        using FileMapping mapping = FileMapping.Create(file, name, protection, options: new FileMappingOptions { Audience = audience, MustBeNew = true });
        return Holding.Run($"sharing {Printable.Name(file)} as {Printable.Name(name)} ({mapping.Size} bytes)", name, command, signals);
    }

    /// <summary>The library takes an empty name for none; what nobody can find is not shared.</summary>
    public static void RequireName(string name)
    {
        if (name.Length == 0)
        {
            throw new UsageException("The name is empty.");
        }
    }
}
