namespace Crossmap.Tool;

internal static class Program
{
    private static int Main(string[] arguments) => CrossmapCommand.Run(arguments);
}
