namespace Crossmap.Tool;

/// <summary>An object that lives as long as this process, or as long as the COMMAND it is held for.</summary>
internal static class Holding
{
    /// <param name="line">What is held, told once it is.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="command">What to run meanwhile; nothing to hold it until a signal.</param>
    /// <param name="signals">Handled since before the object was made, so that from the line on a signal always finds a process that ends in order.</param>
    public static int Run(string line, string name, string[] command, StopSignals signals)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
        if (command.Length > 0)
        {
            return ChildCommand.Run(command, [(ChildCommand.NameVariable, name)], signals);
        }

        signals.WaitForOne();
        return ExitCode.Success;
    }
}
