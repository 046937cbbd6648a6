using Crossmap.Objects;

namespace Crossmap.Conformance;

/// <summary>Sections as the tests need them, and the outcome of creating one in a word.</summary>
internal static class Sections
{
    public static readonly PageProtection[] Protections =
    [
        PageProtection.ReadOnly, PageProtection.ReadWrite, PageProtection.WriteCopy,
        PageProtection.ExecuteRead, PageProtection.ExecuteReadWrite, PageProtection.ExecuteWriteCopy,
    ];

    public static string TryMemory(PageProtection protection = PageProtection.ReadWrite, SectionOptions options = SectionOptions.None, long size = 0x10000) =>
        Answer.Of(() => Memory(protection, options, size));

    public static string TryFile(string path, PageProtection protection = PageProtection.ReadWrite, SectionOptions options = SectionOptions.None, long size = 0) =>
        Answer.Of(() => OverFile(path, protection, options, size));

    public static FileMapping Memory(PageProtection protection = PageProtection.ReadWrite, SectionOptions options = SectionOptions.None, long size = 0x10000) =>
        FileMapping.CreateInMemory(size, name: null, protection, new FileMappingOptions { Section = options });

    public static FileMapping OverFile(string path, PageProtection protection = PageProtection.ReadWrite, SectionOptions options = SectionOptions.None, long size = 0) =>
        FileMapping.Create(path, name: null, protection, size, new FileMappingOptions { Section = options });

    /// <summary>A section without the public surface's rounding of offsets: exactly the Win32 calls.</summary>
    public static Section Raw(long size) => ObjectSystem.Current.CreateSection(new SectionRequest
    {
        Name = ObjectName.Unnamed,
        Size = size,
        Protection = PageProtection.ReadWrite,
    });
}
