using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap create NAME --size BYTES [-- COMMAND…]</c></summary>
internal static class CreateCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The name of the memory." };
        Option<long?> size = ByteCount.Option("--size", "How much: 4096, 64K, 1M, 2G. Whole pages are provided.");
        size.Required = true;
        Option<ObjectAudience> audience = Audience.Option();
        Argument<string[]> command = ChildCommand.Argument("Behind --: runs this with CROSSMAP_NAME set, ends with it and exits with its code.");
        var create = new Command("create", "Makes shared memory under a name and holds it until SIGINT or SIGTERM, or until COMMAND ends.")
        {
            name, command, size, audience,
        };
        create.SetAction(parsed => Run(
            parsed.GetRequiredValue(name), parsed.GetValue(size)!.Value, parsed.GetValue(audience), ChildCommand.From(parsed, command)));
        return create;
    }

    private static int Run(string name, long size, ObjectAudience audience, string[] command)
    {
        ShareCommand.RequireName(name);
        if (size == 0)
        {
            throw new UsageException("A size of 0 bytes: there is nothing to share.");
        }

        using var signals = new StopSignals();
        using FileMapping mapping = FileMapping.CreateInMemory(size, name, options: new FileMappingOptions { Audience = audience, MustBeNew = true });
        return Holding.Run($"sharing memory as {Printable.Name(name)} ({mapping.Size} bytes)", name, command, signals);
    }
}
