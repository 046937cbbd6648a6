using Crossmap.Testing;

namespace Crossmap.Conformance.CInterface;

/// <summary>D. Which names there are: length, backslashes, prefixes.</summary>
public class CNameSyntaxFacts : CFacts
{
    [Fact]
    public void Fact_074_An_unknown_directory_part_is_a_path_not_found() => Refused(74, 3, $@"{UniqueName.Create()}\-mutant", "unknown directory");

    [Fact]
    public void Fact_075_A_leading_backslash_is_a_bad_path()
    {
        Refused(75, 161, $@"\{UniqueName.Create()}", "leading");
        Refused(75, 161, $@"\{UniqueName.Create()}\", "leading and trailing");
    }

    [Fact]
    public void Fact_076_A_trailing_backslash_is_a_path_not_found() => Refused(76, 3, $@"{UniqueName.Create()}\", "trailing");

    [Fact]
    public void Fact_077_A_doubled_or_trailing_backslash_behind_a_directory_is_an_invalid_name()
    {
        Refused(77, 123, $@"Local\\{UniqueName.Create()}", "doubled");
        Refused(77, 123, @"Local\", "trailing");
    }

    [Fact]
    public void Fact_078_A_name_may_have_32766_units()
    {
        foreach (Kind kind in Kind.All)
        {
            string name = Padded(32766);
            using Handle handle = Handle.Of(kind.Create(name));
            Answer.Is(78, $"open, {kind.Name}", Answer.Success, Outcome.OfHandle(kind.Open(name)));
            Answer.Is(78, $"another of that length, {kind.Name}", 2, Outcome.OfHandle(kind.Open(name[..^1] + "b")));
        }
    }

    [Fact]
    public void Fact_079_A_name_of_32767_units_is_invalid()
    {
        string name = Padded(32767);
        Answer.Is(79, "create in C", "123", string.Join(' ', Kind.All.Select(kind => Outcome.OfHandle(kind.Create(name))).Distinct()));
        Answer.Is(79, "open in C", "123", string.Join(' ', Kind.All.Select(kind => Outcome.OfHandle(kind.Open(name))).Distinct()));
    }

    [Fact]
    public void Fact_080_Long_white_and_slashed_names_are_ordinary()
    {
        string unique = UniqueName.Create();
        string[] names =
        [
            unique + new string('a', 1000), $"{unique} ", $" {unique}\t", $"{unique}\r\n", $"local/{unique}", $"global/{unique}",
            $"{unique}é", $"{unique}\uD800", $"{unique}\U0001F600", $"{unique}:*?\"<>|",
        ];
        foreach (Kind kind in Kind.All)
        {
            List<Handle> handles = [];
            Answer.Table(80, names.Select((name, i) => ($"name {i}, {kind.Name}", (object)"0 success", (Func<object?>)(() =>
            {
                handles.Add(Handle.Of(kind.Create(name)));
                return $"{handles[^1].Error} {Outcome.OfHandle(kind.Open(name))}";
            }))));
            handles.ForEach(handle => handle.Dispose());
        }

        // Four names that every run on the machine shares, so only that they work is asserted, not who made them.
        Answer.Table(80, new[] { " ", "\t", "\r", "\n" }.Select((name, i) => ($"white space {i}", (object)Answer.Success, (Func<object?>)(() =>
        {
            using Handle mapping = CSections.Memory(name: name);
            return Outcome.OfHandle(Kind.Mapping.Open(name));
        }))));
    }

    [Fact]
    public void Fact_083_A_Local_name_opens_as_it_was_created()
    {
        foreach (Kind kind in Kind.All)
        {
            string name = $@"Local\{UniqueName.Create()}";
            using Handle handle = Handle.Of(kind.Create(name));
            Answer.Is(83, $"open, {kind.Name}", Answer.Success, Outcome.OfHandle(kind.Open(name)));
        }
    }

    [Fact]
    public void Fact_084_A_plain_name_is_a_Local_name()
    {
        foreach (Kind kind in Kind.All)
        {
            string name = UniqueName.Create();
            using Handle handle = Handle.Of(kind.Create(name)), local = Handle.Of(kind.Create($@"Local\{name}"));
            Answer.Is(84, $"last errors, {kind.Name}", (0u, 183u), (handle.Error, local.Error));
        }
    }

    [Fact]
    public void Fact_085_A_Global_name_is_another_one()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Only root makes the folder of Global\\ on the fly.");
        foreach (Kind kind in Kind.All)
        {
            string name = UniqueName.Create();
            using Handle local = Handle.Of(kind.Create(name));
            Answer.Is(85, $"open Global, {kind.Name}", 2, Outcome.OfHandle(kind.Open($@"Global\{name}")));
            using Handle global = Handle.Of(kind.Create($@"Global\{name}"));
            Answer.Is(85, $"last error, {kind.Name}", 0u, global.Error);
            Answer.Is(85, $"the same object, {kind.Name}", 1656, Outcome.Of(HandleCalls.CompareObjectHandles(local, global)));
        }
    }

    private static void Refused(int fact, int error, string name, string what) => Answer.Table(fact, Kind.All.SelectMany(kind => new (string, object, Func<object?>)[]
    {
        ($"create {kind.Name}, {what}", error, () => Outcome.OfHandle(kind.Create(name))),
        ($"open {kind.Name}, {what}", error, () => Outcome.OfHandle(kind.Open(name))),
    }));

    private static string Padded(int length) => UniqueName.Create().PadRight(length, 'a');
}
