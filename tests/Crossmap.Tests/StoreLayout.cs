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
    public void Constants_are_those_of_the_page()
    {
        Assert.Equal("CROSSMAP"u8.ToArray(), BitConverter.GetBytes(ObjectHeader.MagicValue));
        Assert.Equal(1u, ObjectHeader.CurrentVersion);
        Assert.Equal(256, ObjectHeader.StateOffset);
        Assert.Equal(512, ObjectHeader.TextOffset);
        Assert.Equal(512, Marshal.SizeOf<ObjectHeader>());
        Assert.Equal(4096, ObjectHeader.MaximumPath);
        Assert.Equal(0x8000_0000, WaitProtocol.Waiting);
        Assert.Equal((1, 2, 3, 4), ((int)NamedObjectKind.Mapping, (int)NamedObjectKind.Semaphore, (int)NamedObjectKind.Mutex, (int)NamedObjectKind.Event));
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
        Assert.Equal((0, 3), (BitConverter.ToInt32(pages, 256), BitConverter.ToInt32(pages, 260)));
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
