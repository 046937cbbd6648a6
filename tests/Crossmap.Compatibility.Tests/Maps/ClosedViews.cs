using System.Runtime.CompilerServices;
using Crossmap.Testing;

namespace Crossmap.Compatibility.Tests.Maps;

/// <summary>An access takes no reference count: what it meets when the view goes meanwhile, or was never closed.</summary>
public class ClosedViews
{
    private const int Size = 256 * 1024;
    private const long Pattern = 0x5A5A_5A5A_5A5A_5A5A;

    /// <summary>Who closes the view, and how.</summary>
    public enum Way
    {
        Accessor,
        Handle,
        HandleWhilePointerIsOut,
    }

    [Theory]
    [InlineData(Way.Accessor)]
    [InlineData(Way.Handle)]
    [InlineData(Way.HandleWhilePointerIsOut)]
    public unsafe void Access_that_races_with_the_end_is_in_the_view_or_an_exception(Way way)
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, Size);
        using (MemoryMappedViewAccessor all = map.CreateViewAccessor())
        {
            long[] pattern = new long[Size / sizeof(long)];
            Array.Fill(pattern, Pattern);
            all.WriteArray(0, pattern, 0, pattern.Length);
        }

        for (int round = 0; round < 15; round++)
        {
            MemoryMappedViewAccessor accessor = map.CreateViewAccessor();
            using MemoryMappedViewStream stream = map.CreateViewStream();
            using var begun = new CountdownEvent(4);
            var wrong = new List<string>();
            Thread[] threads =
            [
                Access(begun, wrong, () => Check(accessor.ReadInt64(8 * 511))),
                Access(begun, wrong, () => accessor.Write(Size - 8, Pattern)),
                Access(begun, wrong, new BulkReader(accessor).Read),
                Access(begun, wrong, () =>
                {
                    stream.Position = 4096;
                    Check(stream.ReadByte() == 0x5A ? Pattern : 0);
                    Check(accessor.ReadInt64(0));
                }),
            ];
            Assert.True(begun.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
            Close(accessor, way);
            foreach (Thread thread in threads)
            {
                Assert.True(thread.Join(ChildProcess.Watchdog), "A thread never learns that the view is closed.");
            }

            Assert.True(wrong.Count == 0, string.Join('\n', wrong));
            accessor.Dispose();
        }
    }

    [Fact]
    public void Bytes_behind_a_closed_accessor_are_nobody_elses()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, Size);
        List<MemoryMappedViewAccessor> closed = [];
        HashSet<nint> addresses = [];
        for (int i = 0; i < 100; i++)
        {
            MemoryMappedViewAccessor accessor = map.CreateViewAccessor();
            nint address = accessor.SafeMemoryMappedViewHandle.DangerousGetHandle();

            // On Windows the framework's accessor closes, whose addresses may come again, and whose accesses count references.
            Assert.True(addresses.Add(address) || OperatingSystem.IsWindows());
            accessor.Dispose();
            closed.Add(accessor);
        }

        Assert.All(closed, accessor => Assert.Throws<ObjectDisposedException>(() => accessor.ReadInt32(0)));
    }

    [Fact]
    public unsafe void Pointer_keeps_the_view_until_it_is_released()
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateNew(null, Size);
        MemoryMappedViewAccessor accessor = map.CreateViewAccessor(100, 100);
        SafeMemoryMappedViewHandle handle = accessor.SafeMemoryMappedViewHandle;
        byte* pointer = null;
        handle.AcquirePointer(ref pointer);
        accessor.Dispose();
        pointer += accessor.PointerOffset;
        *pointer = 42;
        using (MemoryMappedViewAccessor other = map.CreateViewAccessor())
        {
            Assert.Equal(42, other.ReadByte(100));
        }

        Assert.Throws<ObjectDisposedException>(() => accessor.ReadByte(0));
        handle.ReleasePointer();
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public void View_that_nobody_closes_is_unmapped_when_it_is_collected()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "What is mapped is read from /proc.");
        string path = Path.GetFullPath(UniqueName.Create());
        File.WriteAllBytes(path, new byte[8192]);
        try
        {
            MapAndForget(path);
            Assert.True(SpinWait.SpinUntil(() =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return !File.ReadAllText("/proc/self/maps").Contains(path, StringComparison.Ordinal);
            }, ChildProcess.Watchdog));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MapAndForget(string path)
    {
        MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path);
        MemoryMappedViewAccessor accessor = map.CreateViewAccessor();
        MemoryMappedViewStream stream = map.CreateViewStream();
        accessor.Write(0, 1);
        Assert.Equal(1, stream.ReadByte());
        Assert.Contains(path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    private static unsafe void Close(MemoryMappedViewAccessor accessor, Way way)
    {
        SafeMemoryMappedViewHandle handle = accessor.SafeMemoryMappedViewHandle;
        switch (way)
        {
            case Way.Accessor:
                accessor.Dispose();
                break;
            case Way.Handle:
                handle.Dispose();
                break;
            case Way.HandleWhilePointerIsOut:
                byte* pointer = null;
                handle.AcquirePointer(ref pointer);
                handle.Dispose();
                handle.ReleasePointer();
                break;
        }
    }

    /// <summary>A thread that makes accesses until one says that the view is closed.</summary>
    private static Thread Access(CountdownEvent begun, List<string> wrong, Action access)
    {
        var thread = new Thread(() =>
        {
            try
            {
                access();
                begun.Signal();
                while (true)
                {
                    access();
                }
            }
            catch (ObjectDisposedException)
            {
                // As it should be.
            }
            catch (Exception e)
            {
                lock (wrong)
                {
                    wrong.Add(e.ToString());
                }
            }
        });
        thread.Start();
        return thread;
    }

    private static void Check(long value)
    {
        if (value != Pattern)
        {
            throw new InvalidDataException($"It reads 0x{value:X}, which was never in the view.");
        }
    }

    private sealed class BulkReader(MemoryMappedViewAccessor accessor)
    {
        private readonly long[] _values = new long[Size / sizeof(long)];

        public void Read()
        {
            Check(accessor.ReadArray(0, _values, 0, _values.Length) == _values.Length && !_values.AsSpan().ContainsAnyExcept(Pattern) ? Pattern : 0);
        }
    }
}
