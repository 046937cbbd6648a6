using static Crossmap.Conformance.CInterface.FileCalls;
using static Crossmap.Conformance.CInterface.MappingCalls;

namespace Crossmap.Conformance.CInterface;

/// <summary>Sections as the tests need them, and the outcome of creating one in a word.</summary>
internal static class CSections
{
    public static nint CreateMemory(PageProtection protection = PageProtection.ReadWrite, SectionOptions options = SectionOptions.None, ulong size = 0x10000, string? name = null) =>
        CreateFileMapping(INVALID_HANDLE_VALUE, protection, options, size, name);

    public static Handle Memory(PageProtection protection = PageProtection.ReadWrite, SectionOptions options = SectionOptions.None, ulong size = 0x10000, string? name = null) =>
        Handle.Of(CreateMemory(protection, options, size, name));

    public static string TryMemory(PageProtection protection = PageProtection.ReadWrite, SectionOptions options = SectionOptions.None, ulong size = 0x10000) =>
        Outcome.OfHandle(CreateMemory(protection, options, size));

    public static Handle OverFile(string path, PageProtection protection = PageProtection.ReadWrite, SectionOptions options = SectionOptions.None, ulong size = 0, string? name = null)
    {
        using Handle file = OpenFile(path, protection);
        return Handle.Of(CreateFileMapping(file, protection, options, size, name));
    }

    public static string TryFile(string path, PageProtection protection = PageProtection.ReadWrite, SectionOptions options = SectionOptions.None, ulong size = 0)
    {
        using Handle file = OpenFile(path, protection);
        return Outcome.OfHandle(CreateFileMapping(file, protection, options, size));
    }

    /// <summary>A handle to a file with all that any section needs, or no more than can be had of a file that is read-only.</summary>
    public static Handle OpenFile(string path, PageProtection protection = PageProtection.ReadWrite) => Handle.Of(CreateFile(path,
        GENERIC_READ | GENERIC_EXECUTE | (protection is PageProtection.ReadOnly or PageProtection.ExecuteRead ? 0 : GENERIC_WRITE)));

    /// <summary>The views that a handle to a section for everything maps: its rights, as far as they can be seen.</summary>
    public static string ViewsOf(nint mapping) => string.Join(' ', new (string Name, ViewAccess Access)[]
    {
        ("R", ViewAccess.Read), ("W", ViewAccess.Write), ("RX", ViewAccess.Read | ViewAccess.Execute), ("WX", ViewAccess.Write | ViewAccess.Execute),
    }.Where(view => Outcome.OfView(ViewCalls.MapViewOfFile(mapping, view.Access)) == Answer.Success).Select(view => view.Name));
}
