using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.MemoryCalls;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance.CInterface;

/// <summary>K. Private copies.</summary>
public class CCopyOnWriteFacts : CFacts
{
    [Fact]
    public void Fact_173_A_written_page_is_told_as_private()
    {
        using var file = new TemporaryFile(0x2000);
        using Handle mapping = CSections.OverFile(file.Path);
        using View copy = View.Whole(mapping, ViewAccess.CopyOnWrite);
        Answer.Is(173, "before", $"{WriteCopy} of {WriteCopy}, 0x2000", VirtualQuery(copy));
        copy.At<int>(0) = 173;
        Answer.Is(173, "the written page, in C", $"{ReadWrite} of {WriteCopy}, 0x1000", VirtualQuery(copy));
        Answer.Is(173, "the other page, in C", $"{WriteCopy} of {WriteCopy}, 0x1000", VirtualQuery(copy.Address + 0x1000));
    }

    [Fact]
    public void Fact_177_A_view_made_copy_on_write_is_private_from_then_on()
    {
        using var file = new TemporaryFile(0x2000);
        foreach ((ViewAccess access, PageProtection protection) in new[] { (ViewAccess.Write, ReadWrite), (ViewAccess.Read, ReadOnly), (ViewAccess.CopyOnWrite, WriteCopy) })
        {
            using Handle mapping = CSections.OverFile(file.Path);
            using View view = View.Whole(mapping, access), other = View.Whole(mapping);
            other.At<int>(0) = 177;
            Answer.Is(177, $"protect, {protection}", $"{protection}", Protected(view, 0x2000, WriteCopy));
            Answer.Is(177, $"shared still, {protection}", 177, view.At<int>(0));
            view.At<int>(0) = 178;
            Answer.Is(177, $"written, {protection}", (178, 177), (view.At<int>(0), other.At<int>(0)));
        }

        using Handle readOnly = CSections.OverFile(file.Path, ReadOnly);
        using View reader = View.Whole(readOnly, ViewAccess.Read);
        string outcome = Protected(reader, 0x2000, WriteCopy);
        Answer.Is(177, "protect, a read-only file", $"{ReadOnly}", outcome);
        if (outcome == $"{ReadOnly}")
        {
            reader.At<int>(4) = 177;
            Answer.Is(177, "written, a read-only file", (177, 0), (reader.At<int>(4), BitConverter.ToInt32(file.Bytes, 4)));
        }
    }

    [Fact]
    public void Fact_178_A_private_page_does_not_become_copy_on_write_again()
    {
        using var file = new TemporaryFile(0x2000);
        using Handle mapping = CSections.OverFile(file.Path);
        using View copy = View.Whole(mapping, ViewAccess.CopyOnWrite);
        copy.At<int>(0) = 178;
        Assert.NotEqual(0, VirtualProtect(copy, 0x2000, ReadOnly, out _));
        Assert.NotEqual(0, VirtualProtect(copy, 0x2000, WriteCopy, out _));
        Answer.Is(178, "the written page", ReadWrite, VirtualQuery(copy).Protect);
        Answer.Is(178, "the other page", WriteCopy, VirtualQuery(copy.Address + 0x1000).Protect);
        Answer.Is(178, "bytes", 178, copy.At<int>(0));
    }

    [Fact]
    public void Fact_174_The_file_never_sees_a_private_copy()
    {
        using var file = new TemporaryFile(0x2000);
        using (Handle mapping = CSections.OverFile(file.Path))
        {
            using View copy = View.Whole(mapping, ViewAccess.CopyOnWrite);
            copy.At<long>(0) = copy.At<long>(0x1000) = -1;
            Assert.Equal(1, ViewCalls.FlushViewOfFile(copy, 0));
            Answer.Is(174, "while mapped", -1, file.Bytes.AsSpan().IndexOfAnyExcept((byte)0));
        }

        Answer.Is(174, "afterwards", -1, file.Bytes.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(175, ViewAccess.CopyOnWrite, 0)]
    [InlineData(176, ViewAccess.CopyOnWrite | ViewAccess.Write, 42)]
    public void Fact_175_176_A_childs_private_copy_is_not_seen_and_its_write_is(int fact, ViewAccess access, int seen)
    {
        string name = UniqueName.Create();
        using Handle mapping = CSections.Memory(name: name);
        using View view = View.Whole(mapping, ViewAccess.Read);
        using ChildProcess child = ChildProcess.Start(Write, name, $"{(int)access}");
        child.Expect("42");
        Answer.Is(fact, $"{access}", seen, view.At<int>(16));
        child.Finish();
    }

    [Fact]
    public void Fact_179_A_page_is_shared_until_its_first_own_write()
    {
        using var file = new TemporaryFile(0x2000);
        using Handle mapping = CSections.OverFile(file.Path);
        using View shared = View.Whole(mapping), copy = View.Whole(mapping, ViewAccess.CopyOnWrite);
        shared.At<int>(0) = 1;
        shared.At<int>(0x1000) = 2;
        Answer.Is(179, "before the own write", (1, 2), (copy.At<int>(0), copy.At<int>(0x1000)));
        copy.At<int>(4) = 179;
        shared.At<int>(0) = 3;
        shared.At<int>(0x1000) = 4;
        Answer.Is(179, "the written page", (1, 179), (copy.At<int>(0), copy.At<int>(4)));
        Answer.Is(179, "the other page", 4, copy.At<int>(0x1000));
        Answer.Is(179, "seen by the shared view", 0, shared.At<int>(4));
    }

    [Fact]
    public void Fact_180_A_private_copy_is_not_seen_by_another_view()
    {
        using Handle mapping = CSections.Memory(PageProtection.WriteCopy);
        using View one = View.Whole(mapping, ViewAccess.CopyOnWrite);
        one.At<int>(0) = 180;
        using View two = View.Whole(mapping, ViewAccess.CopyOnWrite), three = View.Whole(mapping, ViewAccess.Read);
        Answer.Is(180, "other views", (0, 0), (two.At<int>(0), three.At<int>(0)));
        Answer.Is(180, "the own view", 180, one.At<int>(0));
    }

    [ChildScenario]
    internal static void Write(string[] arguments)
    {
        using Handle mapping = Handle.Of(MappingCalls.OpenFileMapping(MappingRights.AllAccess, arguments[0]));
        using View view = View.Whole(mapping, (ViewAccess)int.Parse(arguments[1]));
        view.At<int>(16) = 42;
        Console.WriteLine(view.At<int>(16));
        Console.ReadLine();
    }
}
