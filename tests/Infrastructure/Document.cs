using System.Reflection;

namespace Crossmap.Testing;

/// <summary>A page of the documentation, or a source of this project, as it is in the repository.</summary>
internal static class Document
{
    public static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new FileNotFoundException(name);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>The rows of the tables whose first column heading is given: the cells, trimmed.</summary>
    public static IEnumerable<string[]> Rows(string name, string heading)
    {
        bool inside = false;
        foreach (string line in Read(name).Split('\n'))
        {
            if (!line.StartsWith('|'))
            {
                inside = false;
                continue;
            }

            string[] cells = [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
            if (cells[0] == heading)
            {
                inside = true;
            }
            else if (inside && !cells[0].StartsWith("--", StringComparison.Ordinal))
            {
                yield return cells;
            }
        }
    }

    /// <summary>The fenced blocks of a language, without indentation at the end of lines.</summary>
    public static IEnumerable<string> Blocks(string name, string language)
    {
        string[] parts = Read(name).Split("\n```");
        for (int i = 1; i < parts.Length; i += 2)
        {
            if (parts[i].StartsWith(language + "\n", StringComparison.Ordinal))
            {
                yield return parts[i][(language.Length + 1)..];
            }
        }
    }
}
