using System.Globalization;
using System.Runtime.CompilerServices;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>What a view leaves behind when it is disposed: addresses that nobody gets while somebody may still hold a span into them.</summary>
public class DisposedViews
{
    private const int Size = 3 * 64 * 1024;

    [Fact]
    public void Addresses_of_a_disposed_view_are_nobody_elses_while_its_object_lives()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(Size);
        List<MappedView> disposed = [];
        HashSet<nint> addresses = [];
        for (int i = 0; i < 100; i++)
        {
            MappedView view = mapping.MapView();
            Assert.True(addresses.Add(view.Address), $"View {i} lies where a view lay whose object still lives.");
            view.Dispose();
            disposed.Add(view);
        }

        GC.KeepAlive(disposed);
    }

    [Fact]
    public void Every_member_throws()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(Size);
        MappedView view = mapping.MapView();
        Memory<byte> memory = view.AsMemory();
        view.Dispose();
        view.Dispose();
        Assert.True(view.IsDisposed);
        Action[] uses =
        [
            () => _ = view.Address, () => _ = view.Length, () => _ = view.Offset, () => _ = view.Protection, () => _ = view.RegionSize,
            () => view.At<byte>(0) = 1, () => view.AsSpan(), () => view.AsSpan(0, 1), () => view.AsSpan(0, 0), () => view.AsSpan<int>(), () => view.AsSpan<int>(0, 1),
            () => view.AsMemory(), () => view.AsMemory(0, 1), () => _ = memory.Span, () => memory.Pin().Dispose(),
            view.Flush, () => view.Flush(0, 0), () => view.Prefetch(0, 0), () => view.Discard(0, 0), () => view.Commit(0, 0), () => view.IsDirty(0, 0),
        ];
        Assert.All(uses, use => Assert.Throws<ObjectDisposedException>(use));
    }

    /// <summary>For who hands out bytes by calls and asks afterwards: on Windows the range is inaccessible as after Dispose.</summary>
    [Fact]
    public unsafe void Retired_view_leaves_memory_that_is_nobodys()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows cannot swap a view for other memory in one step.");
        using FileMapping mapping = FileMapping.CreateInMemory(Size);
        using MappedView other = mapping.MapView();
        MappedView view = mapping.MapView();
        other.AsSpan().Fill(7);
        byte* bytes = (byte*)view.Address;
        Assert.Equal(7, bytes[Size - 1]);
        view.Retire();
        view.Retire();
        view.Dispose();
        Assert.True(view.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => view.At<byte>(0));
        Assert.Equal(0, bytes[Size - 1]);
        bytes[0] = 8;
        Assert.Equal(7, other.At<byte>(0));

        // Nor does somebody get the addresses who asks for them by name, as for a disposed view's.
        Win32.Fails<IOException>(487, () => mapping.MapView(address: (nint)bytes));
        GC.KeepAlive(view);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Addresses_of_a_collected_view_are_used_again(bool retire)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(Size);
        HashSet<nint> addresses = [];

        // More than any address space would hold if nothing were given back is not needed: that one comes back is.
        for (int i = 0; i < 1000; i++)
        {
            if (!addresses.Add(MapAndDispose(mapping, retire)))
            {
                return;
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Fail("A thousand collected views, and no address came back.");
    }

    [Fact]
    public void Address_of_a_disposed_view_may_be_asked_for()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(Size);
        Attempt(() =>
        {
            MappedView first = mapping.MapView();
            nint address = first.Address;
            first.At<int>(0) = 7;
            first.Dispose();
            using MappedView second = mapping.MapView(address: address);
            Assert.Equal(address, second.Address);

            // The first object's collection must not take the second's addresses away.
            GC.KeepAlive(first);
            first = null!;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Equal(7, second.At<int>(0));
            Win32.Fails<IOException>(487, () => mapping.MapView(address: address));
            Win32.Fails<IOException>(487, () => mapping.MapView(address: address + (64 * 1024)));
        });
    }

    [Fact]
    public void Range_of_several_disposed_views_may_be_asked_for_unless_a_live_one_lies_in_it()
    {
        const nint granule = 64 * 1024;
        using FileMapping mapping = FileMapping.CreateInMemory(3 * granule);
        Attempt(() =>
        {
            MappedView whole = mapping.MapView();
            nint address = whole.Address;
            whole.Dispose();
            MappedView first = mapping.MapView(length: granule, address: address);
            using (MappedView second = mapping.MapView(length: granule, address: address + granule))
            {
                first.Dispose();
                Win32.Fails<IOException>(487, () => mapping.MapView(address: address));
            }

            using MappedView again = mapping.MapView(address: address);
            Assert.Equal(address, again.Address);
            GC.KeepAlive(whole);
            GC.KeepAlive(first);
        });
    }

    /// <summary>
    /// Addresses that a disposed view has left may be taken by any thread of this process, the runtime's too, before they are asked for again:
    /// so a refusal proves nothing. But what never gives them back refuses each time, and one attempt that succeeds is enough.
    /// </summary>
    private static void Attempt(Action use)
    {
        const int attempts = 20;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                use();
                return;
            }
            catch (IOException e) when ((e.HResult & 0xFFFF) == 487 && attempt < attempts)
            {
                // Somebody was faster; the next attempt gets other addresses.
            }
        }
    }

    [Theory]
    [InlineData("file")]
    [InlineData("memory")]
    public void Span_kept_too_long_faults(string kind)
    {
        using ChildProcess child = ChildProcess.Start(Touch, kind);
        child.Expect("disposed");
        child.Send("touch");
        Assert.NotEqual(0, child.WaitForExit());
        Assert.DoesNotContain("survived", child.Process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Part_of_a_page_at_the_end_of_a_file_is_mapped_and_unmapped_like_any()
    {
        using var file = new TemporaryFile(70001);
        using FileMapping mapping = FileMapping.Create(file.Path);
        nint address;
        MappedView view = mapping.MapView();
        address = view.Address;
        Assert.Equal(70001, view.Length);
        Assert.Equal(73728, view.RegionSize);
        view.At<byte>(70000) = 9;
        view.Dispose();
        using MappedView tail = mapping.MapView(offset: 65536);
        Assert.NotEqual(address, tail.Address);
        Assert.Equal(9, tail.At<byte>(70000 - 65536));
        GC.KeepAlive(view);
    }

    [ChildScenario]
    internal static void Touch(string[] arguments)
    {
        using var file = new TemporaryFile(Size);
        using FileMapping mapping = arguments[0] == "file" ? FileMapping.Create(file.Path) : FileMapping.CreateInMemory(Size);
        MappedView view = mapping.MapView();
        Span<byte> span = view.AsSpan(0, 4096);
        view.Dispose();

        // Nothing is left but the fault: the file goes first, because its owner will not live to remove it.
        mapping.Dispose();
        file.Dispose();
        Console.WriteLine("disposed");
        Console.ReadLine();
        byte read = span[100];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"survived {read}"));
        GC.KeepAlive(view);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint MapAndDispose(FileMapping mapping, bool retire)
    {
        using MappedView view = mapping.MapView();
        nint address = view.Address;
        if (retire)
        {
            view.Retire();
        }

        return address;
    }
}
