using System.Reflection;
using Xunit.Runner.InProc.SystemConsole;

namespace Crossmap.Testing;

/// <summary>The test executable: a test runner, or with <c>--child SCENARIO ARGUMENTS…</c> one of the other processes of a test.</summary>
internal static partial class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is ["--child", var scenario, .. var rest])
        {
            return RunChild(scenario, rest);
        }

        int code = await ConsoleRunner.Run(args);
        Finished(args, ref code);
        return code;
    }

    /// <summary>What a suite says of its run as a whole, after the runner's own summary; it may turn a good exit code into a bad one.</summary>
    static partial void Finished(string[] args, ref int code);

    private static int RunChild(string name, string[] arguments)
    {
        foreach (Type type in Assembly.GetExecutingAssembly().GetTypes())
        {
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            {
                if (method.GetCustomAttribute<ChildScenarioAttribute>() is not null && $"{type.Name}.{method.Name}" == name)
                {
                    try
                    {
                        method.CreateDelegate<Action<string[]>>()(arguments);
                        return 0;
                    }
                    catch (Exception e)
                    {
                        Console.Error.WriteLine(e);
                        return 1;
                    }
                }
            }
        }

        Console.Error.WriteLine($"There is no child scenario '{name}'.");
        return 2;
    }
}
