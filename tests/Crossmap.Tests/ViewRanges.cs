using System.Runtime.Versioning;
using Crossmap.Testing;
using Crossmap.Windows;

namespace Crossmap.Tests;

/// <summary>The addresses of the Windows half's views, from mapped to retired to free, as the kernel sees them.</summary>
[SupportedOSPlatform("windows")]
public class ViewRanges
{
    private const string OnlyOnWindows = "The Linux half has an arena of addresses instead.";
    private const string OnlyWithPlaceholders = "This system has no placeholders (Linux, Windows before 10 1803, Wine before 10).";

    public static bool IsWindows => OperatingSystem.IsWindows();

    public static bool HasPlaceholders { get; } = OperatingSystem.IsWindows() && Probe();

    [Theory(Skip = OnlyWithPlaceholders, SkipUnless = nameof(HasPlaceholders))]
    [InlineData(0x10000, 0, 0x10000)]
    [InlineData(0x30000, 0x10000, 0x20000)]
    [InlineData(0x30000, 0x10000, 0x5000)]
    public void Memory_is_mapped_over_a_placeholder_that_it_leaves_behind(int size, int offset, int length)
    {
        using KernelHandle section = CreateSection(-1, size);
        Follow(ViewRange.TryMapPlaceholder(section, PageProtection.ReadWrite, offset, length, 0));
    }

    [Theory(Skip = OnlyWithPlaceholders, SkipUnless = nameof(HasPlaceholders))]
    [InlineData(4096)]
    [InlineData(5000)]
    [InlineData(1)]
    [InlineData(70_000)]
    public void File_is_mapped_over_a_placeholder_whatever_its_length(int length)
    {
        using var file = new TemporaryFile(length);
        using KernelHandle handle = MappedFile.OpenPath(file.Path, Kernel32.GENERIC_READ | Kernel32.GENERIC_WRITE, "cannot be opened");
        using KernelHandle section = CreateSection(handle.DangerousGetHandle(), 0);
        Follow(ViewRange.TryMapPlaceholder(section, PageProtection.ReadWrite, 0, length, 0));
    }

    /// <summary>Images and large pages go this way, and everything on systems without placeholders.</summary>
    [Fact(Skip = OnlyOnWindows, SkipUnless = nameof(IsWindows))]
    public void Plain_view_is_reserved_again_when_it_is_unmapped()
    {
        using KernelHandle section = CreateSection(-1, 0x20000);
        nint start = Kernel32.MapViewOfFileEx(section, (uint)ViewAccess.ReadWrite, 0, 0, 0, 0);
        Assert.NotEqual(0, start);
        Follow(ViewRange.OfPlainView(start, 0x20000));
    }

    [Fact(Skip = OnlyWithPlaceholders, SkipUnless = nameof(HasPlaceholders))]
    public void What_cannot_be_mapped_leaves_no_reservation()
    {
        using KernelHandle section = CreateSection(-1, 0x10000);
        nint address = MapAt(section, 0);
        Assert.NotEqual(0, address);
        Assert.Equal(Kernel32.MEM_FREE, StateOf(address));
        Assert.Null(ViewRange.TryMapPlaceholder(section, PageProtection.ReadWrite, 0, 0x30000, address));
        Assert.Equal(Kernel32.MEM_FREE, StateOf(address));
    }

    private static bool Probe()
    {
        try
        {
            nint reserved = Kernel32.VirtualAlloc2(Kernel32.CurrentProcess, 0, 0x10000, Kernel32.MEM_RESERVE | Kernel32.MEM_RESERVE_PLACEHOLDER, Kernel32.PAGE_NOACCESS, 0, 0);
            return reserved != 0 && Kernel32.VirtualFree(reserved, 0, Kernel32.MEM_RELEASE) != 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static nint MapAt(KernelHandle section, nint address)
    {
        ViewRange range = ViewRange.TryMapPlaceholder(section, PageProtection.ReadWrite, 0, 0x10000, address)!;
        range.Retire();
        range.GiveBack();
        return range.Start;
    }

    private static void Follow(ViewRange? range)
    {
        Assert.NotNull(range);
        Assert.Equal(0, range.Start % 0x10000);
        Assert.Equal(Kernel32.MEM_COMMIT, StateOf(range.Start));
        Assert.Equal(Kernel32.MEM_COMMIT, StateOf(range.Start + range.Length - 1));
        range.Retire();
        Assert.Equal(Kernel32.MEM_RESERVE, StateOf(range.Start));
        Assert.Equal(Kernel32.MEM_RESERVE, StateOf(range.Start + range.Length - 1));
        range.GiveBack();
        Assert.Equal(Kernel32.MEM_FREE, StateOf(range.Start));

        // A second time finds nothing to give back, and takes nothing from whoever has the addresses now.
        range.GiveBack();
    }

    private static uint StateOf(nint address)
    {
        Assert.True(Kernel32.Query(address, out Kernel32.MemoryInformation information));
        return information.State;
    }

    private static KernelHandle CreateSection(nint file, int size)
    {
        Kernel32.SecurityAttributes security = default;
        KernelHandle section = Kernel32.CreateFileMapping(file, in security, (uint)PageProtection.ReadWrite, 0, (uint)size, null);
        Assert.False(section.IsInvalid);
        return section;
    }
}
