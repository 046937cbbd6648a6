using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Crossmap.Linux;
using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>The layout of object files is what docs/format.md says: other processes, and other versions, rely on every byte.</summary>
public partial class StoreLayout
{
    private const string Page = "format.md";

    [Fact]
    public void Fields_lie_where_the_table_says()
    {
        Dictionary<string, (int Offset, int Size)> documented = Document.Rows(Page, "offset")
            .Where(row => int.TryParse(row[0], out _) && int.TryParse(row[1], out _))
            .ToDictionary(row => row[2], row => (int.Parse(row[0]), int.Parse(row[1])));
        Dictionary<string, (int Offset, int Size)> actual = typeof(ObjectHeader).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .ToDictionary(field => field.Name, field => (
                field.GetCustomAttribute<FieldOffsetAttribute>()!.Value,
                Marshal.SizeOf(field.FieldType.IsEnum ? field.FieldType.GetEnumUnderlyingType() : field.FieldType)));
        Assert.NotEmpty(actual);
        Assert.Equal(documented.OrderBy(f => f.Value.Offset), actual.OrderBy(f => f.Value.Offset));
    }

    [Fact]
    public void Objects_in_views_are_laid_out_as_the_tables_say()
    {
        (string Name, int Offset, int Size)[] documented = [.. Document.Rows(Page, "at")
            .Where(row => int.TryParse(row[0], out _))
            .Select(row => (row[2], int.Parse(row[0]), int.Parse(row[1])))];
        (string Name, int Offset, int Size)[] actual = [.. new[] { typeof(InViewHeader), typeof(ObjectInView) }
            .SelectMany(type => type.GetFields(BindingFlags.Instance | BindingFlags.Public))
            .Where(field => field.FieldType != typeof(InViewHeader))
            .Select(field => (field.Name, field.GetCustomAttribute<FieldOffsetAttribute>()!.Value, Marshal.SizeOf(field.FieldType)))];
        Assert.Equal(documented.Order(), actual.Order());
        Assert.Equal((16, 64, 64), (Marshal.SizeOf<InViewHeader>(), Marshal.SizeOf<ObjectInView>(), WaitableObject.SizeInView));
        Assert.Equal("CROSSMPV"u8.ToArray(), BitConverter.GetBytes(ObjectInView.MagicValue));
    }

    [Fact]
    public void Constants_are_those_of_the_page()
    {
        Assert.Equal("CROSSMAP"u8.ToArray(), BitConverter.GetBytes(ObjectHeader.MagicValue));
        Assert.Equal(1u, ObjectHeader.CurrentVersion);
        Assert.Equal([256, 320, 384, 448, 256], Enumerable.Range(8, 5).Select(inode => ObjectHeader.StateOffsetIn((ulong)inode)));
        Assert.Equal(512, ObjectHeader.TextOffset);
        Assert.Equal(512, Marshal.SizeOf<ObjectHeader>());
        Assert.Equal(4096, ObjectHeader.MaximumPath);
        Assert.Equal((0x8000_0000u, 0x4000_0000u, 0xC000_0000u), (WaitProtocol.Waiting, WaitProtocol.Everybody, WaitProtocol.WaitingAll));
        Assert.Equal((0x8000_0000u, 0x4000_0000u), (MutexProtocol.Waiting, MutexProtocol.OwnerDied));
        Assert.Equal(24, ObjectHeader.OwnerWordFromEnd);
        Assert.Equal((32, 1024), (RobustList.EntryBehindWord, RobustList.MaximumEntries));
        Assert.Equal((1L << 40, 256), (LinuxPlaces.First, Objects.Places.Count));
        Assert.Equal([1, 2, 3, 4, 5, 6], Enum.GetValues<NamedObjectKind>().Select(kind => (int)kind));
        Assert.Equal((2, 3, 4, 5), ((int)NamedObjectKind.Semaphore, (int)NamedObjectKind.Mutex, (int)NamedObjectKind.Event, (int)NamedObjectKind.Condition));
        Assert.Equal((6, 32, 65536), ((int)NamedObjectKind.ReaderWriterLock, NamedReaderWriterLock.MaximumReaders, LinuxReaderWriterLock.SlotsLength));
    }

    [Fact]
    public void Example_is_what_the_code_writes()
    {
        byte[] pages = ObjectHeader.Build(
            new ObjectHeader { Kind = NamedObjectKind.Mapping, Size = 65536, Protection = PageProtection.ReadWrite, Options = SectionOptions.Commit }, "prices", default);
        ObjectHeader.Seal(pages, 0x123456);
        Assert.Equal(4096, pages.Length);

        // FNV-1a once more, straight from its definition.
        ulong checksum = 0xCBF29CE484222325;
        foreach (byte b in pages[..80].Concat(pages[512..524]))
        {
            checksum = unchecked((checksum ^ b) * 0x100000001B3);
        }

        byte[] expected = new byte[4096];
        foreach (string line in Document.Blocks(Page, "").Single(block => block.StartsWith("0000  ", StringComparison.Ordinal)).Split('\n'))
        {
            int at = int.Parse(line[..4], NumberStyles.HexNumber);
            string rest = line[4..].Replace(" ", "", StringComparison.Ordinal);
            byte[] bytes = rest == "CHECKSUM" ? BitConverter.GetBytes(checksum) : Convert.FromHexString(rest);
            bytes.CopyTo(expected, at);
        }

        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(pages));
    }

    [Fact]
    public void A_semaphore_has_its_counts_where_the_table_says()
    {
        byte[] pages = ObjectHeader.Build(new ObjectHeader { Kind = NamedObjectKind.Semaphore, MaximumCount = 7, State = 3UL << 32 }, "s", default);
        Assert.Equal(2, BitConverter.ToInt32(pages, 12));
        Assert.Equal(7, BitConverter.ToInt32(pages, 68));
        foreach (ulong inode in new ulong[] { 5, 6, 4, 7 })
        {
            // The same pages again, as for a file whose number turned out to be taken.
            ObjectHeader.Seal(pages, inode);
            Assert.Equal(
                Enumerable.Range(0, 4).Select(place => (ulong)place == inode - 4 ? 3UL << 32 : 0),
                Enumerable.Range(0, 4).Select(place => BitConverter.ToUInt64(pages, 256 + (64 * place))));
        }
    }

    [Fact]
    public void Gates_are_those_of_the_table()
    {
        (string, uint)[] gates = [("open", 0), ("W", WaitProtocol.Waiting), ("W and E", WaitProtocol.WaitingAll), ("E", WaitProtocol.Everybody)];
        Assert.Equal(gates, Document.Rows(Page, "gate").Select(row => (row[0], uint.Parse(row[1].Trim('`'), NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
    }

    [Theory]
    [InlineData(EventResetMode.ManualReset)]
    [InlineData(EventResetMode.AutoReset)]
    public void An_event_has_its_mode_and_its_value_where_the_page_says(EventResetMode mode)
    {
        Linux.Only();
        string name = UniqueName.Create(), path = Path.Combine(StoreFolder.LocalPath, name);
        using NamedEvent @event = NamedEvent.Create(name, mode);
        byte[] file = ReadSparingly(path);
        int at = ObjectFile.StateIn(ObjectFile.InodeOf(path));
        bool manual = mode == EventResetMode.ManualReset;
        Assert.Equal((4096, 4, manual ? 1 : 0), (file.Length, BitConverter.ToInt32(file, 12), BitConverter.ToInt32(file, 64)));
        List<(uint Gate, uint Value)> states = [];
        foreach (Action change in new Action[] { () => { }, @event.Set, @event.Set, @event.Reset, @event.Pulse, @event.Set })
        {
            change();
            file = ReadSparingly(path);
            states.Add((BitConverter.ToUInt32(file, at), BitConverter.ToUInt32(file, at + 4)));
        }

        // Set or not in bit 0; behind it, of a manual-reset event, how often it was set (when it was not) or pulsed.
        Assert.Equal(manual ? [(0, 0), (0, 3), (0, 3), (0, 2), (0, 4), (0, 7)] : [(0, 0), (0, 1), (0, 1), (0, 0), (0, 0), (0, 1)], states);
    }

    [Fact]
    public void A_mutex_has_its_word_before_its_headers_end()
    {
        Linux.Only();
        string name = UniqueName.Create(), path = Path.Combine(StoreFolder.LocalPath, name);
        using NamedMutex mutex = NamedMutex.Create(name, initiallyOwned: true);
        byte[] file = ReadSparingly(path);
        Assert.Equal((4096, 3, 4096L), (file.Length, BitConverter.ToInt32(file, 12), BitConverter.ToInt64(file, 16)));
        Assert.True(Libc.Status(Libc.AT_FDCWD, "/proc/self/ns/pid\0"u8.ToArray(), 0, out Libc.FileStatus own));
        Assert.Equal(own.Inode, BitConverter.ToUInt64(file, 56));
        Assert.Equal(RobustList.Current.ThreadId, BitConverter.ToUInt32(file, 4096 - 24));
        mutex.Release();
        using (var dead = new OtherThread())
        {
            dead.Do(() => { Assert.True(mutex.TryWait()); });
            dead.End();
        }

        SpinWait.SpinUntil(() => mutex.IsAbandoned, ChildProcess.Watchdog);
        file = ReadSparingly(path);
        Assert.Equal(MutexProtocol.OwnerDied, BitConverter.ToUInt32(file, 4096 - 24));

        // The rest of its cache line, and where semaphores and events have their words.
        Assert.Equal(-1, file.AsSpan(4096 - 64, 40).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, file.AsSpan(4096 - 20, 20).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, file.AsSpan(88, 512 - 88).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void A_reader_writer_lock_has_its_words_where_the_page_says()
    {
        Linux.Only();
        string name = UniqueName.Create(), path = Path.Combine(StoreFolder.LocalPath, name);
        using NamedReaderWriterLock both = NamedReaderWriterLock.Create(name);
        both.EnterReadLock(TestContext.Current.CancellationToken);
        byte[] file = ReadSparingly(path);
        Assert.Equal((4096 + 65536, 6, 4096L), (file.Length, BitConverter.ToInt32(file, 12), BitConverter.ToInt64(file, 16)));
        Assert.True(Libc.Status(Libc.AT_FDCWD, "/proc/self/ns/pid\0"u8.ToArray(), 0, out Libc.FileStatus own));
        Assert.Equal(own.Inode, BitConverter.ToUInt64(file, 56));
        uint self = RobustList.Current.ThreadId;
        int number = (int)(self % 32), at = 4096 + (number % 16 * 4096) + (number < 16 ? 4072 : 4088);
        Assert.Equal((self, 0u, 0u), (BitConverter.ToUInt32(file, at), BitConverter.ToUInt32(file, 4096 - 24), BitConverter.ToUInt32(file, 4096 - 20)));
        file.AsSpan(at, 4).Clear();
        Assert.Equal(-1, file.AsSpan(4096).IndexOfAnyExcept((byte)0));
        both.ExitReadLock();
        both.EnterWriteLock(TestContext.Current.CancellationToken);
        file = ReadSparingly(path);
        Assert.Equal((self, 1u), (BitConverter.ToUInt32(file, 4096 - 24), BitConverter.ToUInt32(file, 4096 - 20)));
        Assert.Equal(-1, file.AsSpan(4096).IndexOfAnyExcept((byte)0));
        both.ExitWriteLock();
        file = ReadSparingly(path);
        Assert.Equal(-1, file.AsSpan(4096 - 64).IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(NamedObjectKind.Semaphore, 1792, 4096)]
    [InlineData(NamedObjectKind.Semaphore, 1793, 8192)]
    [InlineData(NamedObjectKind.Event, 1792, 4096)]
    [InlineData(NamedObjectKind.Condition, 1792, 4096)]
    [InlineData(NamedObjectKind.ReaderWriterLock, 1760, 4096)]
    [InlineData(NamedObjectKind.ReaderWriterLock, 1761, 8192)]
    [InlineData(NamedObjectKind.Mutex, 1760, 4096)]
    [InlineData(NamedObjectKind.Mutex, 1761, 8192)]
    public void A_header_has_room_for_its_name_and_a_mutex_for_its_word(NamedObjectKind kind, int nameLength, int length)
    {
        byte[] pages = ObjectHeader.Build(new ObjectHeader { Kind = kind, MaximumCount = 1 }, new string('n', nameLength), default);
        Assert.Equal((length, (long)length), (pages.Length, BitConverter.ToInt64(pages, 16)));
    }

    [Fact]
    public void Files_have_the_names_of_the_table()
    {
        foreach (string[] row in Document.Rows(Page, "name"))
        {
            string name = row[0].Trim('`');
            if (name.EndsWith('a') && row[0].StartsWith("300", StringComparison.Ordinal))
            {
                name = new string('a', 300);
            }

            string documented = row[1].Trim('`');
            ObjectPath path = ObjectPath.Of(ObjectName.Parse(name));
            string file = (path.IsGlobal ? "crossmap-global/" : "crossmap-1000/") + Encoding.UTF8.GetString(path.FileName).TrimEnd('\0');
            Assert.True(documented.EndsWith('…') ? file.StartsWith(documented.TrimEnd('…'), StringComparison.Ordinal) && file.Length == "crossmap-1000/.h-".Length + 64 : file == documented,
                $"{name} lies in {file}, not in {documented}.");
        }

        Assert.Equal("%ED%A0%80", Encoding.UTF8.GetString(ObjectPath.Of(ObjectName.Parse("\ud800")).FileName).TrimEnd('\0'));
    }

    [Fact]
    public void A_real_object_lies_as_the_page_says()
    {
        Linux.Only();
        string name = UniqueName.Create();
        using var content = new TemporaryFile(10_000);
        using FileMapping mapping = FileMapping.Create(content.Path, name);
        byte[] file = ReadSparingly(Path.Combine(StoreFolder.LocalPath, name));
        Assert.Equal(4096, file.Length);
        Assert.Equal("CROSSMAP", Encoding.ASCII.GetString(file, 0, 8));
        Assert.Equal(10_000, BitConverter.ToInt64(file, 24));
        Assert.True(Libc.Status(Libc.AT_FDCWD, Libc.Terminated(Path.Combine(StoreFolder.LocalPath, name)), 0, out Libc.FileStatus own));
        Assert.Equal(own.Inode, BitConverter.ToUInt64(file, 72));
        Assert.Equal(name, Encoding.Unicode.GetString(file, 512, 2 * BitConverter.ToInt32(file, 32)));
        Assert.Equal(content.Path, Encoding.UTF8.GetString(file, 512 + (2 * name.Length), BitConverter.ToInt32(file, 36)));

        // Its entry among the mapped files, named by device and inode.
        ulong inode = BitConverter.ToUInt64(file, 56);
        string entry = Path.Combine(StoreFolder.LocalPath, ".files", string.Create(CultureInfo.InvariantCulture, $"{BitConverter.ToUInt64(file, 48):x}-{inode}"));
        Assert.True(Libc.Status(Libc.AT_FDCWD, Libc.Terminated(entry), 0, out Libc.FileStatus status));
        Assert.Equal((0L, (ushort)0x8180), (status.Size, status.Mode));
        mapping.Dispose();
        Assert.False(File.Exists(entry));
        Assert.False(File.Exists(Path.Combine(StoreFolder.LocalPath, name)));
    }

    [Fact]
    public void A_newer_version_is_refused_by_its_number()
    {
        Linux.Only();
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using (FileStream file = Sparingly(Path.Combine(StoreFolder.LocalPath, name), FileAccess.Write))
        {
            file.Position = 8;
            file.WriteByte(9);
        }

        InvalidDataException refused = Win32.Fails<InvalidDataException>(1306, () => FileMapping.TryOpen(name, out _));
        Assert.Matches(VersionNine(), refused.Message);
    }

    private static byte[] ReadSparingly(string path)
    {
        using FileStream file = Sparingly(path, FileAccess.Read);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static FileStream Sparingly(string path, FileAccess access) => new(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    [GeneratedRegex("layout version 9; this library knows version 1")]
    private static partial Regex VersionNine();
}
