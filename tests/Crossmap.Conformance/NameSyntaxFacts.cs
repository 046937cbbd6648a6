using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>D. Which names there are: length, backslashes, prefixes.</summary>
public class NameSyntaxFacts
{
    [Fact]
    public void Fact_074_An_unknown_directory_part_is_a_path_not_found() => Both(74, 3, $@"{UniqueName.Create()}\-mutant");

    [Fact]
    public void Fact_075_A_leading_backslash_is_a_bad_path()
    {
        Both(75, 161, $@"\{UniqueName.Create()}", "leading");
        Both(75, 161, $@"\{UniqueName.Create()}\", "leading and trailing");
    }

    [Fact]
    public void Fact_076_A_trailing_backslash_is_a_path_not_found() => Both(76, 3, $@"{UniqueName.Create()}\");

    [Fact]
    public void Fact_077_A_doubled_or_trailing_backslash_behind_a_directory_is_an_invalid_name()
    {
        Both(77, 123, $@"Local\\{UniqueName.Create()}", "doubled");
        Both(77, 123, @"Local\", "trailing");
    }

    [Fact]
    public void Fact_078_A_name_may_have_32766_units()
    {
        string name = Padded(32766);
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        Answer.Is(78, "open", Answer.Success, Answer.Of(() => FileMapping.Open(name)));
        Answer.Is(78, "another of that length", 2, Answer.Of(() => FileMapping.Open(name[..^1] + "b")));
        string turn = Padded(32766);
        using NamedSemaphore semaphore = NamedSemaphore.Create(turn, 1, 1);
        Answer.Is(78, "open semaphore", Answer.Success, Answer.Of(() => NamedSemaphore.Open(turn)));
    }

    [Fact]
    public void Fact_079_A_name_of_32767_units_is_invalid()
    {
        Both(79, 123, Padded(32767), "one more");
        Both(79, 123, Padded(40000), "many more");
    }

    [Fact]
    public void Fact_080_Long_white_and_slashed_names_are_ordinary()
    {
        string unique = UniqueName.Create();
        string[] names =
        [
            unique + new string('a', 1000), $"{unique} ", $" {unique}\t", $"{unique}\r\n", $"local/{unique}", $"global/{unique}",
            $"../{unique}", $"{unique}/..", $"{unique}%41", $"{unique}A", $".{unique}", $"{unique}é", $"{unique}\uD800", $"{unique}\U0001F600", $"{unique}:*?\"<>|",
        ];
        List<FileMapping> mappings = [];
        try
        {
            Answer.Table(80, names.Select((name, i) => ($"name {i}", (object)true, (Func<object?>)(() =>
            {
                mappings.Add(FileMapping.CreateInMemory(4096 * (i + 1), name));
                return mappings[^1].CreatedNew;
            }))));
            Answer.Table(80, names.Select((name, i) => ($"size of name {i}", (object)(4096 * (i + 1)), (Func<object?>)(() =>
            {
                using FileMapping opened = FileMapping.Open(name);
                return opened.Size;
            }))));
        }
        finally
        {
            mappings.ForEach(m => m.Dispose());
        }
    }

    [Fact]
    public void Fact_080_White_space_alone_is_a_name()
    {
        // Four names that every run on the machine shares, so only that they work is asserted, not who made them.
        Answer.Table(80, new[] { " ", "\t", "\r", "\n" }.Select((name, i) => ($"white space {i}", (object)Answer.Success, (Func<object?>)(() => Answer.Of(() =>
        {
            using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
            using FileMapping opened = FileMapping.Open(name);
        })))));
    }

    [Fact]
    public void Fact_081_The_name_of_what_is_waited_for_may_have_1000_characters()
    {
        string turn = Padded(1000), mutex = Padded(1000), gate = Padded(1000);
        using NamedSemaphore semaphore = NamedSemaphore.Create(turn, 1, 1);
        using NamedMutex owned = NamedMutex.Create(mutex, initiallyOwned: true);
        using NamedEvent set = NamedEvent.Create(gate, EventResetMode.ManualReset, initialState: true);
        Answer.Is(81, "semaphore", Answer.Success, Answer.Of(() => NamedSemaphore.Open(turn)));
        Answer.Is(81, "mutex", Answer.Success, Answer.Of(() => NamedMutex.Open(mutex)));
        Answer.Is(81, "event", Answer.Success, Answer.Of(() => NamedEvent.Open(gate)));
        Answer.Is(81, "they work", "success True", $"{Answer.Of(owned.Release)} {set.TryWait()}");
    }

    [Fact]
    public void Fact_082_A_NUL_in_a_name_is_refused()
    {
        string unique = UniqueName.Create();
        foreach (string name in new[] { $"{unique}\0", $"\0{unique}", $"{unique}\0x" })
        {
            Win32.Fails<ArgumentException>(123, () => FileMapping.CreateInMemory(4096, name));
            Win32.Fails<ArgumentException>(123, () => FileMapping.Open(name));
            Win32.Fails<ArgumentException>(123, () => NamedSemaphore.Create(name, 1, 1));
        }
    }

    [Fact]
    public void Fact_083_A_Local_name_opens_as_it_was_created()
    {
        string name = $@"Local\{UniqueName.Create()}";
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        Answer.Is(83, "open", Answer.Success, Answer.Of(() => FileMapping.Open(name)));
    }

    [Fact]
    public void Fact_084_A_plain_name_is_a_Local_name()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using FileMapping local = FileMapping.CreateInMemory(4096, $@"Local\{name}");
        Answer.Is(84, "created", false, local.CreatedNew);
        using NamedSemaphore semaphore = NamedSemaphore.Create($@"Local\{name}-turn", 1, 1);
        Answer.Is(84, "semaphore", Answer.Success, Answer.Of(() => NamedSemaphore.Open($"{name}-turn")));
    }

    [Fact]
    public void Fact_085_A_Global_name_is_another_one()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Only root makes the folder of Global\\ on the fly.");
        string name = UniqueName.Create();
        using FileMapping local = FileMapping.CreateInMemory(4096, name);
        Answer.Is(85, "open Global", 2, Answer.Of(() => FileMapping.Open($@"Global\{name}")));
        using FileMapping global = FileMapping.CreateInMemory(8192, $@"Global\{name}");
        Answer.Is(85, "created", true, global.CreatedNew);
        using FileMapping opened = FileMapping.Open($@"Global\{name}");
        Answer.Is(85, "size", 8192, opened.Size);
    }

    private static void Both(int fact, int error, string name, string what = "")
    {
        string suffix = what.Length == 0 ? "" : $" {what}";
        Answer.Table(fact,
        [
            ($"create mapping{suffix}", error, () => Answer.Of(() => FileMapping.CreateInMemory(4096, name))),
            ($"open mapping{suffix}", error, () => Answer.Of(() => FileMapping.Open(name))),
            ($"create semaphore{suffix}", error, () => Answer.Of(() => NamedSemaphore.Create(name, 1, 1))),
            ($"open semaphore{suffix}", error, () => Answer.Of(() => NamedSemaphore.Open(name))),
        ]);
    }

    private static string Padded(int length) => UniqueName.Create().PadRight(length, 'a');
}
