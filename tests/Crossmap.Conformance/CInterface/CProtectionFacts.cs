using Crossmap.Testing;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance.CInterface;

/// <summary>A. Which protections <c>CreateFileMapping</c> takes.</summary>
public class CProtectionFacts : CFacts
{
    [Fact]
    public void Fact_001_No_protection_is_refused() => Refused(1, 0);

    [Fact]
    public void Fact_002_NoAccess_is_refused_alone_and_with_others() =>
        Refused(2, [NoAccess, .. Sections.Protections.Select(p => p | NoAccess)]);

    [Fact]
    public void Fact_003_Execute_alone_is_refused() => Refused(3, Execute);

    [Fact]
    public void Fact_004_Two_protections_at_once_are_refused()
    {
        PageProtection[] all = [NoAccess, .. Sections.Protections, Execute];
        Refused(4, [.. from a in all from b in all where a < b select a | b]);
    }

    [Fact]
    public void Fact_005_Six_protections_are_accepted()
    {
        using var file = new TemporaryFile(100);
        Answer.Table(5, Sections.Protections.SelectMany(p => new (string, object, Func<object?>)[]
        {
            ($"memory {p}", Answer.Success, () => CSections.TryMemory(p)),
            ($"file {p}", Answer.Success, () => CSections.TryFile(file.Path, p)),
        }));
    }

    [Fact]
    public void Fact_006_Memory_may_be_read_only_or_copy_on_write()
    {
        foreach (PageProtection protection in new[] { ReadOnly, WriteCopy })
        {
            using Handle mapping = CSections.Memory(protection);
            using View view = View.Whole(mapping, ViewAccess.Read);
            Answer.Is(6, $"{protection}", 0, view.At<int>(0));
            Answer.Is(6, $"{protection}, writing", "5", Outcome.OfView(ViewCalls.MapViewOfFile(mapping, ViewAccess.Write)));
        }
    }

    /// <summary>Only bits that are not SEC_ flags: those are told apart in C.</summary>
    [Fact]
    public void Fact_007_Bits_that_are_no_protection_are_refused() => Refused(7, (PageProtection)0x1234, (PageProtection)(-1), 0);

    private static void Refused(int fact, params PageProtection[] protections)
    {
        using var file = new TemporaryFile(100);
        Answer.Table(fact, protections.SelectMany(p => new (string, object, Func<object?>)[]
        {
            ($"memory 0x{(int)p:X}", 87, () => CSections.TryMemory(p)),
            ($"file 0x{(int)p:X}", 87, () => CSections.TryFile(file.Path, p)),
        }));
        Assert.Equal(100, file.Length);
    }
}
