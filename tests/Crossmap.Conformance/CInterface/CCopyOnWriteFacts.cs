using Crossmap.Testing;

namespace Crossmap.Conformance.CInterface;

/// <summary>K. Private copies.</summary>
public class CCopyOnWriteFacts : CFacts
{
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
