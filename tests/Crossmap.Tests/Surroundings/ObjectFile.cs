using System.Buffers.Binary;
using System.Text;
using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>
/// An object's file as a forger would make it: a sound one, changed field by field, with the checksum made to fit again. Knows the layout
/// from its specification (docs/format.md) and not from the code under test.
/// </summary>
internal sealed class ObjectFile(byte[] bytes)
{
    public const int Version = 8, Kind = 12, DataOffset = 16, Size = 24, NameLength = 32, PathLength = 36, Protection = 40, Options = 44,
        BackingDevice = 48, BackingInode = 56, MaximumCount = 68, Inode = 72, Checksum = 80, Text = 512;

    private const int Summed = 80;

    /// <summary>Where the word of a semaphore or an event may stand.</summary>
    public static int[] States { get; } = [256, 320, 384, 448];

    public byte[] Bytes { get; private set; } = bytes;

    /// <summary>The file of a live object of this process, by its file name in the folder of <c>Local\</c>.</summary>
    public static ObjectFile Of(string fileName) => new(File.ReadAllBytes(PathOf(fileName)));

    public static string PathOf(string fileName) =>
        System.IO.Path.Combine(Environment.GetEnvironmentVariable("CROSSMAP_ROOT")!, $"crossmap-{Libc.geteuid()}", fileName);

    /// <summary>A sound object over that file.</summary>
    public static ObjectFile Over(string name, string file)
    {
        string scratch = UniqueName.Create();
        using FileMapping mapping = FileMapping.Create(file, scratch, PageProtection.ReadOnly);
        return Of(scratch).With(o => o.SetText(name, Encoding.UTF8.GetBytes(file)));
    }

    public ObjectFile With(Action<ObjectFile> change)
    {
        var changed = new ObjectFile([.. Bytes]);
        change(changed);
        changed.FixChecksum();
        return changed;
    }

    public void Set(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(Bytes.AsSpan(at), value);

    public void Set(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(Bytes.AsSpan(at), value);

    public int Int32(int at) => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(at));

    public long Int64(int at) => BinaryPrimitives.ReadInt64LittleEndian(Bytes.AsSpan(at));

    public void Resize(int length)
    {
        byte[] resized = new byte[length];
        Bytes.AsSpan(0, Math.Min(length, Bytes.Length)).CopyTo(resized);
        Bytes = resized;
    }

    public void SetText(string name, byte[] path)
    {
        Set(NameLength, name.Length);
        Set(PathLength, path.Length);
        byte[] text = [.. Encoding.Unicode.GetBytes(name), .. path];
        int header = (Text + text.Length + 4095) & ~4095;
        Set(DataOffset, (long)header);
        Resize(Math.Max(Bytes.Length, header));
        text.CopyTo(Bytes, Text);
    }

    /// <summary>FNV-1a over the fields, the name and the path, as far as the lengths lead into the file.</summary>
    public void FixChecksum()
    {
        if (Bytes.Length < Text)
        {
            return;
        }

        long length = ((long)(uint)Int32(NameLength) * 2) + (uint)Int32(PathLength);
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (byte b in Bytes.AsSpan(0, Summed))
        {
            hash = (hash ^ b) * 0x100_0000_01B3;
        }

        foreach (byte b in Bytes.AsSpan(Text, (int)Math.Min(length, Bytes.Length - Text)))
        {
            hash = (hash ^ b) * 0x100_0000_01B3;
        }

        Set(Checksum, unchecked((long)hash));
    }

    /// <summary>
    /// Puts it into a folder, not under a lock: for the store a leftover. As the forger that he is he sees to it that a checksum that fits goes
    /// on to do so for the inode number that is the file's own.
    /// </summary>
    public ObjectFile Write(string path)
    {
        File.WriteAllBytes(path, []);
        long inode = InodeOf(path);
        ObjectFile written = Bytes.Length >= Text && Int64(Checksum) == With(_ => { }).Int64(Checksum) ? With(o => o.Set(Inode, inode)) : this;
        File.WriteAllBytes(path, written.Bytes);
        return written;
    }

    /// <summary>Where the word stands in the file of that number.</summary>
    public static int StateIn(long inode) => States[inode % States.Length];

    public static long InodeOf(string path)
    {
        Assert.True(Libc.Status(Libc.AT_FDCWD, Libc.Terminated(path), 0, out Libc.FileStatus status));
        return (long)status.Inode;
    }

    /// <summary>Holds a file of <c>Local\</c> as a live handle does, so that it is no leftover. Closing the result lets go.</summary>
    public static Hold HoldLocal(string path) => new(path, 0);

    internal sealed class Hold : IDisposable
    {
        private readonly int _fd;

        public Hold(string path, long at)
        {
            _fd = Libc.Open(Libc.AT_FDCWD, Libc.Terminated(path), Libc.O_RDWR);
            Assert.True(_fd >= 0 && Libc.Lock(_fd, Libc.F_RDLCK, at), $"'{path}' cannot be held.");
        }

        public void Dispose() => _ = Libc.close(_fd);
    }
}
