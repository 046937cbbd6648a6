using System.Reflection;

namespace Crossmap.Testing;

/// <summary>Where libcrossmap.so and what belongs to it are.</summary>
internal static class BuiltLibrary
{
    /// <summary>The repository, or the installed place of the same shape.</summary>
    public static string Root { get; } = typeof(BuiltLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    public static string Include { get; } = Path.Combine(Root, "include");

    /// <summary>Where <c>dotnet publish src/Crossmap.Native -c Release -r linux-x64</c> puts it.</summary>
    public static string Folder { get; } = Path.Combine(Root, "src/Crossmap.Native/bin/Release/net10.0/linux-x64/publish");

    public static string File { get; } = Path.Combine(Folder, "libcrossmap.so");

    /// <summary>
    /// Without the library there is nothing to test. It may also be older than the code: whoever changes that publishes it again, as test.sh does.
    /// </summary>
    public static void Needed() => Assert.SkipUnless(System.IO.File.Exists(File),
        "There is no libcrossmap.so: dotnet publish src/Crossmap.Native -c Release -r linux-x64 (needs gcc).");
}
