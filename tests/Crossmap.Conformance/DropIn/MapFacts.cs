using System.IO.MemoryMappedFiles;
using Crossmap.Testing;

namespace Crossmap.Conformance.DropIn;

using Crossmap.Compatibility;

/// <summary>Section S: what the framework's maps promise on Windows. Under Wine the drop-in types are the framework's own.</summary>
public unsafe class MapFacts
{
    [Fact]
    public void Fact_277_empty_name_is_refused()
    {
        using var file = new TemporaryFile(10);
        Assert.Equal("mapName", Assert.Throws<ArgumentException>(() => MemoryMappedFile.CreateOrOpen("", 10)).ParamName);
        Assert.Equal("mapName", Assert.Throws<ArgumentException>(() => MemoryMappedFile.OpenExisting("")).ParamName);
        Assert.Null(Assert.Throws<ArgumentException>(() => MemoryMappedFile.CreateNew("", 10)).ParamName);
        Assert.Null(Assert.Throws<ArgumentException>(() => MemoryMappedFile.CreateFromFile(file.Path, FileMode.Open, "")).ParamName);
        using FileStream stream = File.OpenRead(file.Path);
        Assert.Null(Assert.Throws<ArgumentException>(
            () => MemoryMappedFile.CreateFromFile(stream, "", 10, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true)).ParamName);
        Assert.Null(Assert.Throws<ArgumentException>(
            () => MemoryMappedFile.CreateFromFile(stream.SafeFileHandle, "", 10, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true)).ParamName);
    }

    [Fact]
    public void Fact_278_null_is_no_name_to_open_and_none_to_create()
    {
        Assert.Equal("mapName", Assert.Throws<ArgumentNullException>(() => MemoryMappedFile.CreateOrOpen(null!, 10)).ParamName);
        Assert.Equal("mapName", Assert.Throws<ArgumentNullException>(() => MemoryMappedFile.OpenExisting(null!)).ParamName);
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 10);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        Assert.Equal(0, view.ReadInt32(0));
    }

    [Fact]
    public void Fact_279_missing_name_is_not_found() => Win32.Fails<FileNotFoundException>(2, () => MemoryMappedFile.OpenExisting(UniqueName.Create()));

    [Fact]
    public void Fact_280_map_for_writing_is_opened_and_never_created()
    {
        string name = UniqueName.Create();
        Assert.Equal("access", Assert.Throws<ArgumentException>(() => MemoryMappedFile.CreateOrOpen(name, 4096, MemoryMappedFileAccess.Write)).ParamName);
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(name, 4096);
        using MemoryMappedFile again = MemoryMappedFile.CreateOrOpen(name, 4096, MemoryMappedFileAccess.Write);
        using (MemoryMappedViewAccessor writer = again.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Write))
        {
            Assert.False(writer.CanRead);
            writer.Write(8, 77);
        }

        using MemoryMappedViewAccessor reader = map.CreateViewAccessor();
        Assert.Equal(77, reader.ReadInt32(8));
    }

    [Fact]
    public void Fact_281_opening_with_a_right_that_needs_a_privilege_is_an_IOException()
    {
        string name = UniqueName.Create();
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(name, 4096);
        Answer.Is(281, "AccessSystemSecurity", "IOException", Raised(() => MemoryMappedFile.OpenExisting(name, MemoryMappedFileRights.AccessSystemSecurity)));
    }

    [Fact]
    public void Fact_282_map_opened_without_read_and_write_gives_no_view()
    {
        string name = UniqueName.Create();
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(name, 4096);
        Answer.Table(282, from rights in new[] { MemoryMappedFileRights.Delete, MemoryMappedFileRights.ReadPermissions, MemoryMappedFileRights.ChangePermissions | MemoryMappedFileRights.TakeOwnership }
                          from access in new[] { MemoryMappedFileAccess.Read, MemoryMappedFileAccess.Write, MemoryMappedFileAccess.ReadWrite }
                          select ((string, object, Func<object?>))($"{rights}, {access}", "UnauthorizedAccessException", () => Raised(() =>
                          {
                              using MemoryMappedFile opened = MemoryMappedFile.OpenExisting(name, rights);
                              return opened.CreateViewAccessor(0, 0, access);
                          })));
    }

    [Fact]
    public void Fact_283_values_that_cannot_be_are_refused_by_parameter()
    {
        const MemoryMappedFileAccess write = MemoryMappedFileAccess.Write, read = MemoryMappedFileAccess.Read;
        string name = UniqueName.Create();
        Refused<ArgumentOutOfRangeException>("capacity", () => MemoryMappedFile.CreateNew(null, 0), () => MemoryMappedFile.CreateNew(null, -1), () => MemoryMappedFile.CreateOrOpen(name, 0), () => MemoryMappedFile.CreateOrOpen(name, -1));
        Refused<ArgumentException>("access", () => MemoryMappedFile.CreateNew(null, 10, write));
        foreach (var bad in new[] { (MemoryMappedFileAccess)(-1), (MemoryMappedFileAccess)6 })
        {
            Refused<ArgumentOutOfRangeException>("access", () => MemoryMappedFile.CreateNew(null, 10, bad), () => MemoryMappedFile.CreateOrOpen(name, 10, bad));
        }

        foreach (var bad in new[] { (MemoryMappedFileOptions)(-1), (MemoryMappedFileOptions)2 })
        {
            Refused<ArgumentOutOfRangeException>("options", () => MemoryMappedFile.CreateNew(null, 10, read, bad, HandleInheritability.None), () => MemoryMappedFile.CreateOrOpen(name, 10, read, bad, HandleInheritability.None));
        }

        foreach (var bad in new[] { (HandleInheritability)(-1), (HandleInheritability)2 })
        {
            Refused<ArgumentOutOfRangeException>("inheritability", () => MemoryMappedFile.CreateNew(null, 10, read, MemoryMappedFileOptions.None, bad), () => MemoryMappedFile.CreateOrOpen(name, 10, read, MemoryMappedFileOptions.None, bad),
                () => MemoryMappedFile.OpenExisting(name, MemoryMappedFileRights.Read, bad));
        }

        Refused<ArgumentOutOfRangeException>("desiredAccessRights", () => MemoryMappedFile.OpenExisting(name, (MemoryMappedFileRights)0x0800_0000));
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 10);
        Refused<ArgumentOutOfRangeException>("offset", () => map.CreateViewAccessor(-1, 0), () => map.CreateViewStream(-1, 0));
        Refused<ArgumentOutOfRangeException>("size", () => map.CreateViewAccessor(0, -1), () => map.CreateViewStream(0, -1));
        Refused<ArgumentOutOfRangeException>("access", () => map.CreateViewAccessor(0, 0, (MemoryMappedFileAccess)6), () => map.CreateViewStream(0, 0, (MemoryMappedFileAccess)(-1)));
    }

    [Fact]
    public void Fact_284_more_than_can_be_is_an_IOException_at_once() =>
        Answer.Is(284, "unnamed", "IOException", Raised(() => MemoryMappedFile.CreateNew(null, long.MaxValue)));

    [Fact]
    public void Fact_285_delayed_pages_are_there_with_the_view()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(UniqueName.Create(), 300_000, MemoryMappedFileAccess.ReadWrite, MemoryMappedFileOptions.DelayAllocatePages, HandleInheritability.None);
        using MemoryMappedViewAccessor part = map.CreateViewAccessor(100_000, 100_000);
        part.Write(99_996, 5);
        using MemoryMappedViewStream all = map.CreateViewStream();
        all.Position = 199_996;
        Assert.Equal(5, all.ReadByte());
        all.Position = 299_999;
        all.WriteByte(6);
        Assert.Equal(300_000, all.Position);
    }

    [Fact]
    public void Fact_286_capacity_below_the_files_length_is_refused()
    {
        using var file = new TemporaryFile(5000);
        Refused<ArgumentOutOfRangeException>("capacity", () => MemoryMappedFile.CreateFromFile(file.Path, FileMode.Open, null, 4999), () => MemoryMappedFile.CreateFromFile(file.Path, FileMode.Open, null, -1));
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(file.Path, FileMode.Open, null, 5000);
    }

    [Fact]
    public void Fact_287_reading_makes_no_file_longer()
    {
        using var file = new TemporaryFile(5000);
        Assert.Throws<ArgumentException>(() => MemoryMappedFile.CreateFromFile(file.Path, FileMode.Open, null, 5001, MemoryMappedFileAccess.Read));
        Assert.Equal(5000, new FileInfo(file.Path).Length);
    }

    [Fact]
    public void Fact_288_modes_that_lose_or_append_are_refused()
    {
        using var file = new TemporaryFile(5000);
        Refused<ArgumentException>("mode", () => MemoryMappedFile.CreateFromFile(file.Path, FileMode.Append), () => MemoryMappedFile.CreateFromFile(file.Path, FileMode.Truncate));
        Assert.Equal(5000, new FileInfo(file.Path).Length);

        // What it created it deletes again when there is nothing to map.
        string made = file.Path + ".made";
        Assert.Throws<ArgumentException>(() => MemoryMappedFile.CreateFromFile(made, FileMode.CreateNew));
        Assert.False(File.Exists(made));
        using (MemoryMappedFile map = MemoryMappedFile.CreateFromFile(made, FileMode.CreateNew, null, 6000))
        {
            Assert.Equal(6000, new FileInfo(made).Length);
        }

        File.Delete(made);
    }

    [Fact]
    public void Fact_289_file_that_is_open_for_writing_is_in_use()
    {
        using var file = new TemporaryFile(5000);
        using (File.Open(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Throws<IOException>(() => MemoryMappedFile.CreateFromFile(file.Path));
        }

        // Shared for reading: .NET's locks on Linux do not tell what the other one does.
        using (File.Open(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read))
        {
            Assert.Equal(OperatingSystem.IsWindows() ? "IOException" : Answer.Success, Raised(() => MemoryMappedFile.CreateFromFile(file.Path)));
        }

        using MemoryMappedFile one = MemoryMappedFile.CreateFromFile(file.Path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using MemoryMappedFile two = MemoryMappedFile.CreateFromFile(file.Path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
    }

    [Fact]
    public void Fact_290_views_outlive_the_map()
    {
        MemoryMappedFile map = MemoryMappedFile.CreateNew(UniqueName.Create(), 4096);
        using MemoryMappedViewAccessor accessor = map.CreateViewAccessor();
        using MemoryMappedViewStream stream = map.CreateViewStream();
        map.Dispose();
        accessor.Write(0, 12);
        Assert.Equal(12, stream.ReadByte());
        Assert.Throws<ObjectDisposedException>(() => map.CreateViewAccessor());
        Assert.Throws<ObjectDisposedException>(() => map.CreateViewStream());
        Assert.True(map.SafeMemoryMappedFileHandle.IsClosed);
    }

    [Fact]
    public void Fact_291_pointer_and_its_offset_lead_to_the_first_byte()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 200_000);
        using MemoryMappedViewStream all = map.CreateViewStream();
        foreach (int offset in new[] { 0, 1, 4095, 4096, 65535, 65536, 131_077 })
        {
            all.Position = offset;
            all.WriteByte((byte)(offset % 251));
            using MemoryMappedViewAccessor view = map.CreateViewAccessor(offset, 10);
            Assert.Equal(offset % 65536, view.PointerOffset);
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            Assert.Equal((byte)(offset % 251), pointer[view.PointerOffset]);
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            Assert.Equal(10, view.Capacity);
        }
    }

    [Fact]
    public void Fact_292_view_of_nothing_at_the_end_is_possible()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor(4096, 0);
        Assert.Equal((4096, 0), (view.PointerOffset, view.Capacity));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.ReadByte(0));
    }

    [Fact]
    public void Fact_141_view_of_a_map_of_one_byte_has_a_page()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 1);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        Assert.Equal(4096, view.Capacity);
        view.Write(4095, (byte)1);
        using var file = new TemporaryFile(10);
        using MemoryMappedFile mapped = MemoryMappedFile.CreateFromFile(file.Path);
        using MemoryMappedViewStream stream = mapped.CreateViewStream();
        Assert.Equal(4096, stream.Length);
    }

    [Fact]
    public void Fact_140_view_beyond_the_map_is_refused()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096);
        Win32.Fails<UnauthorizedAccessException>(5, () => map.CreateViewAccessor(0, 4097));
        Win32.Fails<UnauthorizedAccessException>(5, () => map.CreateViewAccessor(4096, 1));
        Assert.ThrowsAny<IOException>(() => map.CreateViewAccessor(0, long.MaxValue));
    }

    [Fact]
    public void Fact_096_new_map_needs_a_name_that_is_free()
    {
        string name = UniqueName.Create();
        using (MemoryMappedFile.CreateNew(name, 4096))
        {
            Win32.Fails<IOException>(183, () => MemoryMappedFile.CreateNew(name, 4096));
            using var file = new TemporaryFile(10);
            Win32.Fails<IOException>(183, () => MemoryMappedFile.CreateFromFile(file.Path, FileMode.Open, name));
            using MemoryMappedFile opened = MemoryMappedFile.CreateOrOpen(name, 9999);
            using MemoryMappedViewAccessor view = opened.CreateViewAccessor();
            Assert.Equal(4096, view.Capacity);
        }

        MemoryMappedFile.CreateNew(name, 4096).Dispose();
    }

    [Fact]
    public void Fact_130_map_gives_no_more_than_it_was_made_for()
    {
        using MemoryMappedFile reading = MemoryMappedFile.CreateNew(null, 4096, MemoryMappedFileAccess.Read);
        using MemoryMappedFile copying = MemoryMappedFile.CreateNew(null, 4096, MemoryMappedFileAccess.CopyOnWrite);
        foreach (MemoryMappedFile map in new[] { reading, copying })
        {
            foreach (MemoryMappedFileAccess access in new[] { MemoryMappedFileAccess.Write, MemoryMappedFileAccess.ReadWrite, MemoryMappedFileAccess.ReadExecute, MemoryMappedFileAccess.ReadWriteExecute })
            {
                Win32.Fails<UnauthorizedAccessException>(5, () => map.CreateViewAccessor(0, 0, access));
            }

            map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read).Dispose();
            map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite).Dispose();
        }
    }

    [Fact]
    public void Fact_171_all_views_flush()
    {
        using var file = new TemporaryFile(5000);
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(file.Path);
        foreach (MemoryMappedFileAccess access in new[] { MemoryMappedFileAccess.Read, MemoryMappedFileAccess.ReadWrite, MemoryMappedFileAccess.CopyOnWrite, MemoryMappedFileAccess.Write })
        {
            using MemoryMappedViewAccessor accessor = map.CreateViewAccessor(0, 0, access);
            accessor.Flush();
            using MemoryMappedViewStream stream = map.CreateViewStream(0, 0, access);
            stream.Flush();
        }
    }

    [Fact]
    public void Fact_180_private_copy_is_seen_by_nobody()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096);
        using MemoryMappedViewAccessor copy = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite), other = map.CreateViewAccessor();
        copy.Write(0, 5);
        Assert.Equal((5, 0), (copy.ReadInt32(0), other.ReadInt32(0)));
    }

    [Fact]
    public void Fact_080_all_sorts_of_names_are_names()
    {
        foreach (string name in new[] { Guid.NewGuid().ToString("N") + new string('a', 1000), UniqueName.Create() + " \t\r\n ", "local/" + UniqueName.Create(), "global/" + UniqueName.Create() })
        {
            using MemoryMappedFile map = MemoryMappedFile.CreateNew(name, 4096);
            using MemoryMappedViewAccessor view = map.CreateViewAccessor();
            view.Write(0, 1);
            using MemoryMappedFile again = MemoryMappedFile.OpenExisting(name);
            using MemoryMappedViewAccessor same = again.CreateViewAccessor();
            Assert.Equal(1, same.ReadInt32(0));
        }
    }

    /// <summary>The type of what is thrown; the tests of .NET assert no number here.</summary>
    private static string Raised(Func<IDisposable> call)
    {
        try
        {
            call().Dispose();
            return Answer.Success;
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }

    private static void Refused<T>(string parameter, params Func<IDisposable>[] calls)
        where T : ArgumentException
    {
        Assert.All(calls, call => Assert.Equal(parameter, Assert.Throws<T>(() => call().Dispose()).ParamName));
    }
}
