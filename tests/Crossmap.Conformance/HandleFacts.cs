using static Crossmap.MappingRights;

namespace Crossmap.Conformance;

/// <summary>R. DuplicateHandle, as far as the managed surface has it: of sections, within the process.</summary>
public class HandleFacts
{
    [Fact]
    public void Fact_264_A_duplicate_has_the_rights_that_it_was_asked_for()
    {
        using FileMapping reader = Sections.Memory();
        using FileMapping narrow = reader.Duplicate(MapRead);
        Answer.Table(264, new (FileMapping Source, MappingRights Asked, MappingRights Granted)[]
        {
            (reader, MappingRights.None, MappingRights.None),
            (reader, ReadControl, ReadControl),
            (reader, Query | MapWrite, Query | MapWrite),
            (reader, AllAccess, AllAccess),
            (reader, GenericRead | MapWrite, ReadControl | Query | MapRead | MapWrite),

            // More than the source has: the object is asked, not the source.
            (narrow, MapRead | MapWrite, MapRead | MapWrite),
        }.Select(row => ($"0x{(int)row.Asked:X} of 0x{(int)row.Source.Rights:X}", (object)$"0x{(int)row.Granted:X}", (Func<object?>)(() =>
        {
            using FileMapping duplicate = row.Source.Duplicate(row.Asked);
            return $"0x{(int)duplicate.Rights:X}";
        }))));
    }

    [Fact]
    public void Fact_265_Rights_that_sections_do_not_have_are_denied()
    {
        using FileMapping mapping = Sections.Memory();
        Answer.Is(265, "all bits", 5, Answer.Of(() => mapping.Duplicate((MappingRights)(-1))));
    }

    [Fact]
    public void Fact_266_A_closed_handle_has_no_duplicate()
    {
        FileMapping closed = Sections.Memory();
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => closed.Duplicate(MapRead));
    }
}
