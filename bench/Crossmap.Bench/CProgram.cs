using System.Diagnostics;
using System.Reflection;

namespace Crossmap.Bench;

/// <summary>The programs of <c>bench/c</c>, compiled by the gcc of this machine for this system.</summary>
internal static class CProgram
{
    private const string Library = "libcrossmap.so";

    private static readonly string s_root = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    private static readonly string s_folder = Path.Combine(s_root, "src/Crossmap.Native/bin/Release/net10.0/linux-x64/publish");

    private static readonly Dictionary<string, string> s_compiled = [];

    /// <summary>Whether there is a library to link with.</summary>
    public static bool HasLibrary { get; } = File.Exists(Path.Combine(s_folder, Library));

    /// <summary>Linked with the library.</summary>
    /// <param name="scratch">The folder for what is compiled.</param>
    /// <param name="name">Of the source, without its ending.</param>
    public static string Compile(string scratch, string name) =>
        Compile(scratch, name, name, ["-I", Path.Combine(s_root, "include"), Path.Combine(s_folder, Library), $"-Wl,-rpath,{s_folder}"]);

    /// <summary>Without it, and with <c>RAW</c> defined.</summary>
    /// <inheritdoc cref="Compile(string, string)"/>
    public static string CompileRaw(string scratch, string name) => Compile(scratch, name, name + "-raw", ["-DRAW"]);

    private static string Compile(string scratch, string name, string result, string[] arguments)
    {
        if (!s_compiled.TryGetValue(result, out string? program))
        {
            program = Path.Combine(scratch, result);
            using Process gcc = Process.Start("gcc", ["-O2", "-Wall", "-Werror", "-D_GNU_SOURCE", "-pthread", Path.Combine(s_root, "bench/c", name + ".c"), "-o", program, .. arguments]);
            gcc.WaitForExit();
            s_compiled[result] = gcc.ExitCode == 0 ? program : throw new InvalidOperationException($"bench/c/{name}.c does not compile.");
        }

        return program;
    }
}
