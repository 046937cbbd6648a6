namespace Crossmap.Testing;

/// <summary>The text files inside the test executable.</summary>
internal static class Resource
{
    public static string[] Lines(string name)
    {
        using Stream stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new FileNotFoundException($"The test executable carries no '{name}'.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n');
    }
}
