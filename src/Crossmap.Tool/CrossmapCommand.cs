using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.ComponentModel;
using Crossmap.Tool.Demo;
using Crossmap.Tool.Messages;

namespace Crossmap.Tool;

/// <summary>The command line as a whole: its verbs, and what becomes of errors.</summary>
internal static class CrossmapCommand
{
    public static int Run(string[] arguments)
    {
        // Names and files may begin with @ and with what looks like a bundle of options: nothing is expanded or taken apart.
        var parsing = new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

        // Commands that a signal may end handle it themselves, to give back what they hold (StopSignals).
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        RootCommand root = Create();
        if (arguments.Length == 0)
        {
            invocation.Output = Console.Error;
            root.Parse(["--help"], parsing).Invoke(invocation);
            return ExitCode.BadUsage;
        }

        ParseResult parsed = root.Parse(arguments, parsing);
        if (parsed.Action is ParseErrorAction)
        {
            return Refuse(parsed.UnmatchedTokens is [var unknown, ..]
                ? $"'{unknown}' is no verb, option or argument that belongs here."
                : string.Join(' ', parsed.Errors.Select(error => error.Message).Distinct()));
        }

        try
        {
            return parsed.Invoke(invocation);
        }
        catch (UsageException e)
        {
            return Refuse(e.Message);
        }
        catch (BrokenPipeException)
        {
            return ExitCode.BrokenPipe;
        }
        catch (Exception e)
        {
            if (IsExpected(e))
            {
                Say(MessageOf(e));
            }
            else
            {
                Console.Error.WriteLine($"crossmap: unexpected error: {e}");
            }

            return ExitCode.Error;
        }
    }

    /// <summary>One line on standard error in the tool's name.</summary>
    public static void Say(string message) => Console.Error.WriteLine($"crossmap: {Printable.Name(message)}");

    private static RootCommand Create()
    {
        var root = new RootCommand("Shares files and memory between processes by name, with Windows' file mappings, mutexes, events and semaphores.")
        {
            ShareCommand.Create(),
            CreateCommand.Create(),
            ReadCommand.Create(),
            WriteCommand.Create(),
            ListCommand.Create(),
            InfoCommand.Create(),
            MutexCommand.CreateLock(),
            MutexCommand.Create(),
            EventCommand.Create(),
            SemaphoreCommand.Create(),
            SendCommand.Create(),
            ReceiveCommand.Create(),
            PublishCommand.Create(),
            SubscribeCommand.Create(),
            SweepCommand.Create(),
            SetupGlobalCommand.Create(),
            DemoCommand.Create(),
            DemoWorker.Create(),
            DemoReader.Create(),
        };
        root.HelpName = "crossmap";

        // Without /h and /?, which are paths here.
        root.Options.Remove(root.Options.First(option => option is HelpOption));
        root.Options.Add(new HelpOption("--help", "-h"));
        return root;
    }

    private static int Refuse(string message)
    {
        Say(message);
        Console.Error.WriteLine("'crossmap --help' and 'crossmap VERB --help' say what is possible.");
        return ExitCode.BadUsage;
    }

    /// <summary>What the library, the files and the system answer with. Anything else is a fault of this program and shows where.</summary>
    private static bool IsExpected(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or InvalidDataException
            or WaitHandleCannotBeOpenedException or SemaphoreFullException or Win32Exception or OutOfMemoryException;

    private static string MessageOf(Exception e)
    {
        // The parameter's name is the programmer's, not the user's.
        string suffix = e is ArgumentException { ParamName: { } parameter } ? $" (Parameter '{parameter}')" : "";
        return suffix.Length > 0 && e.Message.EndsWith(suffix, StringComparison.Ordinal) ? e.Message[..^suffix.Length] : e.Message;
    }
}
