using System.IO.MemoryMappedFiles;
using Framework = System.IO.MemoryMappedFiles;

namespace Crossmap.Compatibility.Tests.Maps;

/// <summary>Calls on accessors and streams, made to the framework's type and to ours: the same results, the same exceptions with the same parameter names.</summary>
public sealed class SameAsFramework : IDisposable
{
    private const int Size = 4096;

    private readonly Framework.MemoryMappedFile _frameworkMap = Framework.MemoryMappedFile.CreateNew(null, Size);
    private readonly MemoryMappedFile _map = MemoryMappedFile.CreateNew(null, Size);

    private struct Twelve
    {
        public int A;
        public long B;
    }

    /// <summary>Three bytes, of which the framework makes four in an array.</summary>
    private struct Three
    {
        public byte A;
        public byte B;
        public byte C;
    }

    private struct WithReference
    {
        public object Held { get; set; }
    }

    public static TheoryData<MemoryMappedFileAccess> Accesses => [MemoryMappedFileAccess.Read, MemoryMappedFileAccess.Write, MemoryMappedFileAccess.ReadWrite, MemoryMappedFileAccess.CopyOnWrite];

    public void Dispose()
    {
        _frameworkMap.Dispose();
        _map.Dispose();
    }

    [Theory]
    [MemberData(nameof(Accesses))]
    public void Accessor(MemoryMappedFileAccess access)
    {
        using Framework.MemoryMappedViewAccessor framework = _frameworkMap.CreateViewAccessor(8, 64, access);
        using MemoryMappedViewAccessor ours = _map.CreateViewAccessor(8, 64, access);
        Compare(framework, ours);
        framework.Dispose();
        ours.Dispose();
        Compare(framework, ours);
    }

    [Theory]
    [MemberData(nameof(Accesses))]
    public void Stream(MemoryMappedFileAccess access)
    {
        using Framework.MemoryMappedViewStream framework = _frameworkMap.CreateViewStream(8, 64, access);
        using MemoryMappedViewStream ours = _map.CreateViewStream(8, 64, access);
        Compare(framework, ours);
        framework.Dispose();
        ours.Dispose();
        Compare(framework, ours);
    }

    /// <summary>The base class's methods, that callers see who were not told of the type, do the same to the same bytes.</summary>
    [Fact]
    public void Base_class_reads_what_the_accessor_wrote()
    {
        using MemoryMappedViewAccessor ours = _map.CreateViewAccessor();
        UnmanagedMemoryAccessor seenAsBase = ours;
        ours.Write(16, 0x0102_0304_0506_0708);
        Assert.Equal(0x0102_0304_0506_0708, seenAsBase.ReadInt64(16));
        seenAsBase.Write(24, 12.5);
        Assert.Equal(12.5, ours.ReadDouble(24));
        ours.WriteArray(32, [new Three { A = 1 }, new Three { B = 2 }, new Three { C = 3 }], 0, 3);
        var read = new Three[3];
        Assert.Equal(3, seenAsBase.ReadArray(32, read, 0, 3));
        Assert.Equal((1, 2, 3), (read[0].A, read[1].B, read[2].C));
        Assert.Equal(0, ours.ReadByte(35));
    }

    private static void Compare(Framework.MemoryMappedViewAccessor framework, MemoryMappedViewAccessor ours)
    {
        var names = new List<string>();
        var differences = new List<string>();
        void Same(string what, Func<Framework.MemoryMappedViewAccessor, object?> theirs, Func<MemoryMappedViewAccessor, object?> mine)
        {
            names.Add(what);
            string expected = Outcome(() => theirs(framework)), actual = Outcome(() => mine(ours));
            if (expected != actual)
            {
                differences.Add($"{what}: {expected}, and not {actual}");
            }
        }

        long[] positions = [-1, 0, 1, 3, 8, 55, 56, 57, 60, 61, 62, 63, 64, 65, long.MaxValue, long.MinValue];
        foreach (long position in positions)
        {
            long p = position;
            Same($"write bool {p}", a => Do(() => a.Write(p, true)), a => Do(() => a.Write(p, true)));
            Same($"read bool {p}", a => a.ReadBoolean(p), a => a.ReadBoolean(p));
            Same($"write byte {p}", a => Do(() => a.Write(p, (byte)0xFE)), a => Do(() => a.Write(p, (byte)0xFE)));
            Same($"read byte {p}", a => a.ReadByte(p), a => a.ReadByte(p));
            Same($"read sbyte {p}", a => a.ReadSByte(p), a => a.ReadSByte(p));
            Same($"write sbyte {p}", a => Do(() => a.Write(p, (sbyte)-3)), a => Do(() => a.Write(p, (sbyte)-3)));
            Same($"write char {p}", a => Do(() => a.Write(p, 'ä')), a => Do(() => a.Write(p, 'ä')));
            Same($"read char {p}", a => a.ReadChar(p), a => a.ReadChar(p));
            Same($"write short {p}", a => Do(() => a.Write(p, (short)-2)), a => Do(() => a.Write(p, (short)-2)));
            Same($"read short {p}", a => a.ReadInt16(p), a => a.ReadInt16(p));
            Same($"write ushort {p}", a => Do(() => a.Write(p, (ushort)65000)), a => Do(() => a.Write(p, (ushort)65000)));
            Same($"read ushort {p}", a => a.ReadUInt16(p), a => a.ReadUInt16(p));
            Same($"write int {p}", a => Do(() => a.Write(p, -20000000)), a => Do(() => a.Write(p, -20000000)));
            Same($"read int {p}", a => a.ReadInt32(p), a => a.ReadInt32(p));
            Same($"write uint {p}", a => Do(() => a.Write(p, 4000000000u)), a => Do(() => a.Write(p, 4000000000u)));
            Same($"read uint {p}", a => a.ReadUInt32(p), a => a.ReadUInt32(p));
            Same($"write long {p}", a => Do(() => a.Write(p, -5L << 40)), a => Do(() => a.Write(p, -5L << 40)));
            Same($"read long {p}", a => a.ReadInt64(p), a => a.ReadInt64(p));
            Same($"write ulong {p}", a => Do(() => a.Write(p, ulong.MaxValue - 7)), a => Do(() => a.Write(p, ulong.MaxValue - 7)));
            Same($"read ulong {p}", a => a.ReadUInt64(p), a => a.ReadUInt64(p));
            Same($"write float {p}", a => Do(() => a.Write(p, 1.5f)), a => Do(() => a.Write(p, 1.5f)));
            Same($"read float {p}", a => a.ReadSingle(p), a => a.ReadSingle(p));
            Same($"write double {p}", a => Do(() => a.Write(p, -1e300)), a => Do(() => a.Write(p, -1e300)));
            Same($"read double {p}", a => a.ReadDouble(p), a => a.ReadDouble(p));
            Same($"read decimal of other bytes {p}", a => a.ReadDecimal(p), a => a.ReadDecimal(p));
            Same($"write decimal {p}", a => Do(() => a.Write(p, 12.34m)), a => Do(() => a.Write(p, 12.34m)));
            Same($"read decimal {p}", a => a.ReadDecimal(p), a => a.ReadDecimal(p));
            var twelve = new Twelve { A = 1, B = 2 };
            Same($"write struct {p}", a => Do(() => a.Write(p, ref twelve)), a => Do(() => a.Write(p, ref twelve)));
            Same($"read struct {p}", a => Read<Twelve>(p, a.Read), a => Read<Twelve>(p, a.Read));
            Same($"read three {p}", a => Read<Three>(p, a.Read), a => Read<Three>(p, a.Read));
            Same($"read reference {p}", a => Read<WithReference>(p, a.Read), a => Read<WithReference>(p, a.Read));
            foreach ((int offset, int count) in new[] { (0, 0), (0, 1), (0, 5), (2, 3), (5, 0), (-1, 2), (1, -1), (3, 3), (0, 6), (int.MaxValue, int.MaxValue) })
            {
                string range = $"{p}, {offset}, {count}";
                Same($"write longs {range}", a => Do(() => a.WriteArray(p, [1L, 2, 3, 4, 5], offset, count)), a => Do(() => a.WriteArray(p, [1L, 2, 3, 4, 5], offset, count)));
                Same($"read longs {range}", a => ReadArray<long>(p, offset, count, a.ReadArray), a => ReadArray<long>(p, offset, count, a.ReadArray));
                Same($"write bytes {range}", a => Do(() => a.WriteArray(p, [9, 8, 7, 6, (byte)5], offset, count)), a => Do(() => a.WriteArray(p, [9, 8, 7, 6, (byte)5], offset, count)));
                Same($"read bytes {range}", a => ReadArray<byte>(p, offset, count, a.ReadArray), a => ReadArray<byte>(p, offset, count, a.ReadArray));
                Same($"write threes {range}", a => Do(() => a.WriteArray(p, new Three[5], offset, count)), a => Do(() => a.WriteArray(p, new Three[5], offset, count)));
                Same($"read threes {range}", a => ReadArray<Three>(p, offset, count, a.ReadArray), a => ReadArray<Three>(p, offset, count, a.ReadArray));
                Same($"read references {range}", a => ReadArray<WithReference>(p, offset, count, a.ReadArray), a => ReadArray<WithReference>(p, offset, count, a.ReadArray));
            }

            Same($"read into null {p}", a => a.ReadArray<int>(p, null!, 0, 1), a => a.ReadArray<int>(p, null!, 0, 1));
            Same($"write from null {p}", a => Do(() => a.WriteArray<int>(p, null!, 0, 1)), a => Do(() => a.WriteArray<int>(p, null!, 0, 1)));
        }

        Same("flush", a => Do(a.Flush), a => Do(a.Flush));
        Same("capacity", a => a.Capacity, a => a.Capacity);
        Same("can read", a => a.CanRead, a => a.CanRead);
        Same("can write", a => a.CanWrite, a => a.CanWrite);
        Same("pointer offset", a => OperatingSystem.IsWindows() ? a.PointerOffset : 8L, a => a.PointerOffset);
        Same("closed", a => a.SafeMemoryMappedViewHandle.IsClosed, a => a.SafeMemoryMappedViewHandle.IsClosed);
        Assert.True(names.Count > 1000);
        Assert.Empty(differences);
    }

    private static void Compare(Stream framework, Stream ours)
    {
        var differences = new List<string>();
        int count = 0;
        void Same(string what, Func<Stream, object?> call)
        {
            count++;
            string expected = Outcome(() => call(framework)), actual = Outcome(() => call(ours));
            if (expected != actual)
            {
                differences.Add($"{what}: {expected}, and not {actual}");
            }
        }

        foreach (long position in new[] { 0, 5, 60, 64, 70, -1L })
        {
            Same($"to {position}", s => Do(() => s.Position = position));
            Same("position", s => s.Position);
            Same("write byte", s => Do(() => s.WriteByte(77)));
            Same("write array", s => Do(() => s.Write([1, 2, 3, 4], 1, 3)));
            Same("write span", s => Do(() => s.Write([4, 5, 6])));
            Same("position", s => s.Position);
            Same($"seek to {position}", s => s.Seek(position, SeekOrigin.Begin));
            Same("read byte", s => s.ReadByte());
            Same("read array", s => ReadBytes(s, 10, 1, 5));
            Same("read span", s => ReadSpan(s, 9));
            Same("read asynchronously", s => s.ReadAsync(new byte[3], 0, 3, TestContext.Current.CancellationToken).GetAwaiter().GetResult());
            Same("write asynchronously", s => Do(() => s.WriteAsync([8, 8], 0, 2, TestContext.Current.CancellationToken).GetAwaiter().GetResult()));
            Same("position", s => s.Position);
            Same("seek from the end", s => s.Seek(-3, SeekOrigin.End));
            Same("seek on", s => s.Seek(1, SeekOrigin.Current));
            Same("seek before the beginning", s => s.Seek(-100, SeekOrigin.Current));
        }

        Same("read null", s => s.Read(null!, 0, 1));
        Same("read badly", s => s.Read(new byte[4], 3, 2));
        Same("write null", s => Do(() => s.Write(null!, 0, 1)));
        Same("write badly", s => Do(() => s.Write(new byte[4], -1, 2)));
        Same("length", s => s.Length);
        Same("set length", s => Do(() => s.SetLength(5)));
        Same("set a bad length", s => Do(() => s.SetLength(-5)));
        Same("flush", s => Do(s.Flush));
        Same("flags", s => (s.CanRead, s.CanWrite, s.CanSeek, s.CanTimeout));
        Same("copy", s => { s.Position = 2; using var copy = new MemoryStream(); s.CopyTo(copy); return Convert.ToHexString(copy.ToArray()); });
        Assert.True(count > 50);
        Assert.Empty(differences);
    }

    private static string Outcome(Func<object?> call)
    {
        try
        {
            return call()?.ToString() ?? "null";
        }
        catch (ArgumentException e)
        {
            return $"{e.GetType().Name}({e.ParamName})";
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }

    private static string Do(Action action)
    {
        action();
        return "done";
    }

    private delegate void ReadOne<T>(long position, out T value)
        where T : struct;

    private static string Read<T>(long position, ReadOne<T> read)
        where T : struct
    {
        read(position, out T value);
        return string.Join(',', typeof(T).GetFields().Select(f => f.GetValue(value)));
    }

    private static string ReadArray<T>(long position, int offset, int count, Func<long, T[], int, int, int> read)
        where T : struct
    {
        var array = new T[5];
        int there = read(position, array, offset, count);
        return $"{there}: {string.Join(';', array.Select(v => string.Join(',', typeof(T).IsPrimitive ? [v] : typeof(T).GetFields().Select(f => f.GetValue(v)))))}";
    }

    private static string ReadBytes(Stream stream, int size, int offset, int count)
    {
        var bytes = new byte[size];
        return $"{stream.Read(bytes, offset, count)}: {Convert.ToHexString(bytes)}";
    }

    private static string ReadSpan(Stream stream, int size)
    {
        var bytes = new byte[size];
        return $"{stream.Read(bytes.AsSpan())}: {Convert.ToHexString(bytes)}";
    }
}
