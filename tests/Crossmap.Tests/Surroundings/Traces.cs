namespace Crossmap.Tests;

/// <summary>
/// What a process holds and has left: its descriptors of files that the library opens, and the files in its store. Taken before and after,
/// in a process of its own, it shows what an operation leaked. Only for children with a root of their own.
/// </summary>
internal static class Traces
{
    public static string[] Now()
    {
        string root = Environment.GetEnvironmentVariable("CROSSMAP_ROOT") ?? throw new InvalidOperationException("Only in a child with a root of its own.");
        IEnumerable<string> descriptors = new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos()
            .Select(d => d.LinkTarget ?? "")
            .Where(t => t.StartsWith(root, StringComparison.Ordinal) || t.StartsWith("/memfd:crossmap", StringComparison.Ordinal) || t.StartsWith(Path.GetTempPath(), StringComparison.Ordinal))

            // The repository may lie in the temporary folder: what the runtime opens of the tests themselves, for a stack trace say, is its own.
            .Where(t => !t.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal))
            .Select(t => "open: " + t);
        IEnumerable<string> files = Directory.Exists(root)
            ? Directory.EnumerateFileSystemEntries(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Select(f => "file: " + f)
            : [];
        return [.. descriptors.Concat(files).Order(StringComparer.Ordinal)];
    }

    /// <summary>Opens what a process opens once and keeps: the folders of the store.</summary>
    public static void WarmUp()
    {
        using FileMapping memory = FileMapping.CreateInMemory(1, Testing.UniqueName.Create());
        using var file = new Testing.TemporaryFile(1);
        using FileMapping mapping = FileMapping.Create(file.Path);
        mapping.MapView().Dispose();
    }

    /// <summary>Asserts that nothing is held or left that was not before.</summary>
    public static void Unchanged(string what, Action action)
    {
        string[] before = Now();
        action();
        string[] after = Now();
        Assert.True(before.SequenceEqual(after), $"{what} left [{string.Join(", ", after.Except(before))}], took [{string.Join(", ", before.Except(after))}]; {before.Length} before, {after.Length} after.");
    }

    /// <summary>Asserts that the action fails with that error and leaves nothing.</summary>
    public static void Fails<TException>(int error, string what, Action action)
        where TException : Exception =>
        Unchanged(what, () =>
        {
            Exception? seen = Record.Exception(action);
            Assert.True(seen is TException, $"{what}: expected {typeof(TException).Name} ({error}), got {seen?.ToString() ?? "no exception"}.");
            Assert.True(Testing.Win32.ErrorOf(seen!) == error, $"{what}: expected error {error}, got {seen}");
        });
}
