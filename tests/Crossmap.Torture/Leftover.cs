namespace Crossmap.Torture;

/// <summary>Lays what a killed holder leaves: a sound object file under its name that nobody has locked.</summary>
internal static class Leftover
{
    private const int MaximumTries = 100_000;

    /// <param name="folder">Of the run.</param>
    /// <param name="name">One that needs no encoding in a file name.</param>
    public static void Lay(RunFolder folder, string name)
    {
        string fileName = name[(name.LastIndexOf('\\') + 1)..];
        string copy = Path.Combine(folder.Path, $"leftover-{fileName}"), path;
        using (FileMapping original = FileMapping.CreateInMemory(Names.MemorySize, name))
        {
            using (MappedView view = original.MapView())
            {
                // Who took over a leftover would be found out by what is in it.
                view.AsSpan().Fill(0xA5);
            }

            path = Directory.EnumerateFiles(folder.Root, fileName, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Single();
            File.Copy(path, copy);
        }

        for (int attempt = 0; ; attempt++)
        {
            try
            {
                File.Move(copy, path);
                return;
            }
            catch (IOException) when (File.Exists(path) && attempt < MaximumTries)
            {
                // Somebody sweeps, and was just looking at the original when it was closed: then it is he who removes it, in a moment.
                _ = Thread.Yield();
            }
        }
    }
}
