using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Names that are none, names that look bad and are good, and names that only look alike (facts 64-90).</summary>
public class BadNames
{
    [Fact]
    public void Names_that_are_none_fail_typed_and_leave_nothing()
    {
        using var root = new PrivateRoot();
        root.Run(Bad);
    }

    [Fact]
    public void Names_that_only_look_bad_or_alike_are_objects_of_their_own()
    {
        using var root = new PrivateRoot();
        root.Run(Good);
    }

    [Fact]
    public void A_file_under_the_name_of_another_object_is_told_from_it()
    {
        using var root = new PrivateRoot();
        root.Run(Collide);
    }

    [ChildScenario]
    internal static void Bad(string[] arguments)
    {
        Traces.WarmUp();
        (string Name, int Error)[] names =
        [
            (@"\", 161), (@"\a", 161), (@"\\", 161), (@"a\b", 3), (@"a\", 3), (@"local\a", 3), (@"GLOBAL\a", 3), (@"Local\a\b", 3), (@"Global\a\", 3),
            (@"Local\", 123), (@"Global\", 123), (@"Local\\a", 123), (@"Global\\a", 123), (@"Session\1\a", 3),
            ("a\0", 123), ("\0", 123), ("a\0b", 123), (@"Local\" + "\0", 123),
            (new string('a', 32767), 123), (new string('a', 70_000), 123), (@"Local\" + new string('a', 32761), 123),
        ];
        using var file = new TemporaryFile(1);
        foreach ((string name, int error) in names)
        {
            string what = $"'{(name.Length > 40 ? name[..40] + "…" : name)}'";
            Fails(name, error, what, file.Path);
        }

        Traces.Fails<IOException>(6, "empty name", () => FileMapping.Open(""));
        Traces.Fails<WaitHandleCannotBeOpenedException>(6, "empty name", () => NamedSemaphore.Open(""));
        Traces.Fails<IOException>(6, "empty name", () => NamedObjects.Find(""));
        Traces.Unchanged("empty name", () =>
        {
            using FileMapping one = FileMapping.CreateInMemory(4096, ""), two = FileMapping.CreateInMemory(4096, "");
            Assert.True(one.CreatedNew && two.CreatedNew);
        });
        Assert.Throws<ArgumentNullException>(() => FileMapping.Open(null!));
        Assert.Throws<ArgumentNullException>(() => NamedSemaphore.Open(null!));
    }

    private static void Fails(string name, int error, string what, string file)
    {
        Traces.Fails<ArgumentException>(error, what, () => FileMapping.CreateInMemory(4096, name));
        Traces.Fails<ArgumentException>(error, what, () => FileMapping.Create(file, name));
        Traces.Fails<ArgumentException>(error, what, () => FileMapping.Open(name));
        Traces.Fails<ArgumentException>(error, what, () => NamedSemaphore.Create(name, 1, 1));
        Traces.Fails<ArgumentException>(error, what, () => NamedSemaphore.Open(name));
        Traces.Fails<ArgumentException>(error, what, () => NamedObjects.Find(name));
    }

    private static readonly string[] GoodNames =
    [
        "/", "//", "a/b", "local/a", "global/a", ".", "..", "...", "../x", "/dev/shm/x", ".locks", ".files", ".h-0123", "%", "%2E", "%2e", "%%", "~", "*", "?",
        " ", "\t", "\n", "\r\n", "\u0001", "\u001F", "\u007F", "a\nb", "-rf", "name", "Name", "NAME", "na\u00EFve", "nai\u0308ve", "日本語", "😀", "\u00E9", "e\u0301", "\u212B", "\u00C5",
        "\uD800", "\uDC00", "\uDC00\uD800", "a\uD800", "\uFFFD", "\uFEFF", "Local", "Global", "con", "nul",
        new('a', 254), new('a', 255), new('a', 256), new('é', 255), new('\n', 1000), new string('a', 300) + "x", new string('a', 300) + "y",
        new('a', 32766), new('\uD800', 32766), new('日', 32766),
    ];

    [ChildScenario]
    internal static void Good(string[] arguments)
    {
        Traces.WarmUp();
        Traces.Unchanged("good names", () =>
        {
            List<FileMapping> mappings = [];
            for (int i = 0; i < GoodNames.Length; i++)
            {
                FileMapping mapping = FileMapping.CreateInMemory(4096, GoodNames[i]);
                Assert.True(mapping.CreatedNew, $"'{GoodNames[i]}' is taken.");
                using MappedView view = mapping.MapView();
                view.At<int>(0) = i;
                mappings.Add(mapping);
            }

            string[] listed = [.. NamedObjects.List().Select(o => o.Name)];
            Assert.Equal(GoodNames.Order(StringComparer.Ordinal), listed);
            for (int i = 0; i < GoodNames.Length; i++)
            {
                using FileMapping opened = FileMapping.Open(GoodNames[i], MappingRights.MapRead);
                using MappedView view = opened.MapView(ViewAccess.Read);
                Assert.Equal(i, view.At<int>(0));
                if (GoodNames[i].Length <= 32760)
                {
                    using FileMapping prefixed = FileMapping.Open(@"Local\" + GoodNames[i]);
                    Assert.Equal(4096, prefixed.Size);
                }
            }

            mappings.ForEach(m => m.Dispose());
            Assert.Empty(NamedObjects.List());
        });
    }

    [ChildScenario]
    internal static void Collide(string[] arguments)
    {
        // Two names of one hash cannot be had; a file that was renamed to the other's file name looks the same.
        string one = new('a', 300), two = new('b', 300);
        string folder = Path.GetDirectoryName(ObjectFile.PathOf("x"))!;
        string fileOfTwo;
        using (FileMapping.CreateInMemory(4096, two))
        {
            fileOfTwo = Directory.GetFiles(folder, ".h-*").Single();
        }

        FileMapping mapping = FileMapping.CreateInMemory(4096, one);
        File.Move(Directory.GetFiles(folder, ".h-*").Single(), fileOfTwo);
        Traces.Fails<InvalidDataException>(1392, "opening", () => FileMapping.Open(two));
        Traces.Fails<InvalidDataException>(1392, "creating", () => FileMapping.CreateInMemory(4096, two));
        Traces.Fails<InvalidDataException>(1392, "creating a semaphore", () => NamedSemaphore.Create(two, 1, 1));
        Assert.False(FileMapping.TryOpen(one, out _));

        // The object goes on living for its holder, who does not touch a name that is not his any more.
        using (MappedView view = mapping.MapView())
        {
            view.AsSpan().Fill(1);
        }

        using (FileMapping anew = FileMapping.CreateInMemory(8192, one))
        {
            Assert.True(anew.CreatedNew);
            mapping.Dispose();
            using FileMapping again = FileMapping.Open(one);
            Assert.Equal(8192, again.Size);
        }

        // Nobody holds the renamed file now, so its name is free.
        using FileMapping free = FileMapping.CreateInMemory(4096, two);
        Assert.True(free.CreatedNew);
    }
}
