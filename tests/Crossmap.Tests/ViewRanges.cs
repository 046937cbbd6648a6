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
        Follow(() => ViewRange.TryMapPlaceholder(section, PageProtection.ReadWrite, offset, length, 0));
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
        Follow(() => ViewRange.TryMapPlaceholder(section, PageProtection.ReadWrite, 0, length, 0));
    }

    /// <summary>
    /// Images and large pages go this way, and everything on systems without placeholders. Between unmapping and reserving, any thread may get
    /// the addresses.
    /// </summary>
    [Fact(Skip = OnlyOnWindows, SkipUnless = nameof(IsWindows))]
    public void Plain_view_is_reserved_again_when_it_is_unmapped()
    {
        using KernelHandle section = CreateSection(-1, 0x20000);
        Follow(
            () =>
            {
                nint start = Kernel32.MapViewOfFileEx(section, (uint)ViewAccess.ReadWrite, 0, 0, 0, 0);
                Assert.NotEqual(0, start);
                return ViewRange.OfPlainView(start, 0x20000);
            },
            isNeverFreeBetween: false);
    }

    [Fact(Skip = OnlyWithPlaceholders, SkipUnless = nameof(HasPlaceholders))]
    public void What_cannot_be_mapped_leaves_no_reservation()
    {
        // Where there is room for it: what is refused is the length, not the address.
        const int length = 0x30000;
        using KernelHandle large = CreateSection(-1, length);
        using KernelHandle small = CreateSection(-1, 0x10000);
        EndsFree(() =>
        {
            ViewRange room = ViewRange.TryMapPlaceholder(large, PageProtection.ReadWrite, 0, length, 0)!;
            room.Retire();
            room.GiveBack();
            Assert.Null(ViewRange.TryMapPlaceholder(small, PageProtection.ReadWrite, 0, length, room.Start));
            return room.Start;
        });
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

    private static void Follow(Func<ViewRange?> map, bool isNeverFreeBetween = true)
    {
        EndsFree(() =>
        {
            ViewRange? range = map();
            Assert.NotNull(range);
            Assert.Equal(0, range.Start % 0x10000);
            nint last = range.Start + range.Length - 1;
            Assert.Equal([Kernel32.MEM_COMMIT, Kernel32.MEM_COMMIT], [StateOf(range.Start), StateOf(last)]);
            range.Retire();
            uint[] retired = [StateOf(range.Start), StateOf(last)];
            range.GiveBack();

            // A second time finds nothing to give back, and takes nothing from whoever has the addresses now.
            range.GiveBack();
            if (!isNeverFreeBetween && !retired.All(state => state == Kernel32.MEM_RESERVE))
            {
                return null;
            }

            Assert.Equal([Kernel32.MEM_RESERVE, Kernel32.MEM_RESERVE], retired);
            return range.Start;
        });
    }

    /// <summary>
    /// The address that the action returns is free. Any thread of this process, the runtime's too, may take a free address at any moment, so
    /// one that is not free (or that was lost on the way: null) proves nothing. But what keeps its addresses, or never gets them back, does so
    /// each time: the next attempt gets others, and one that ends free is enough.
    /// </summary>
    private static void EndsFree(Func<nint?> use)
    {
        const int attempts = 20;
        List<string> seen = [];
        while (seen.Count < attempts)
        {
            nint? address = use();
            uint? state = address is { } start ? StateOf(start) : null;
            if (state == Kernel32.MEM_FREE)
            {
                return;
            }

            seen.Add(state is { } other ? $"0x{other:X}" : "lost");
        }

        Assert.Fail($"None of {attempts} ranges ended free, but: {string.Join(", ", seen)}.");
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
