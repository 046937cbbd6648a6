using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>What a shared value does while nobody dies.</summary>
public class Values
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public void Latest_value_is_read_whole_with_its_version()
    {
        string name = UniqueName.Create();
        using SharedValue<Sample> value = SharedValue<Sample>.Create(name);
        using SharedValue<Sample> other = SharedValue<Sample>.Open(name);
        Assert.False(other.TryRead(out _, out long version));
        Assert.Equal(0, version);
        Assert.Throws<InvalidOperationException>(() => other.Read());
        for (int i = 1; i <= 1000; i++)
        {
            value.Write(Sample.Of(i));
            Assert.True(other.TryRead(out Sample read, out version));
            Assert.Equal(Sample.Of(i), read);
            Assert.Equal(i, version);
            Assert.Equal(i, other.Version);
        }

        Assert.Equal(Sample.Of(1000), value.Read());
    }

    [Fact]
    public void Value_is_written_in_place_and_may_be_given_up()
    {
        string name = UniqueName.Create();
        using SharedValue<Sample> value = SharedValue<Sample>.Create(name);
        value.Write(Sample.Of(1));
        using (ValueWrite<Sample> given = value.BeginWrite())
        {
            given.Value = Sample.Of(2);
            Assert.Throws<InvalidOperationException>(() => value.Write(Sample.Of(3)));
            Assert.Equal(Sample.Of(1), value.Read());
        }

        ValueWrite<Sample> write = value.BeginWrite();
        Assert.Equal(2, write.Version);
        write.Value = Sample.Of(4);
        Assert.Equal(Sample.Of(1), value.Read());
        write.Commit();
        Assert.Equal(Sample.Of(4), value.Read());
        Assert.Throws<InvalidOperationException>(write.Commit);
        write.Dispose();
        Assert.Equal(2, value.Version);
        Assert.Throws<InvalidOperationException>(() => default(ValueWrite<Sample>).Value);
        Assert.Throws<InvalidOperationException>(() => default(ValueWrite<Sample>).Commit());
    }

    [Fact]
    public void Types_of_any_size_fit()
    {
        Check<byte>(7);
        Check(new Sample(1, 2, 3, 4, 5, 6, 7, 8));
        Check(Filled<Kilobytes>());
        Check(Filled<Megabytes>());

        static void Check<T>(T content)
            where T : unmanaged
        {
            using SharedValue<T> value = SharedValue<T>.Create(UniqueName.Create());
            for (int i = 1; i <= 100; i++)
            {
                value.Write(in content);
                T read = value.Read();
                Assert.True(MemoryMarshal.AsBytes(new Span<T>(ref read)).SequenceEqual(MemoryMarshal.AsBytes(new Span<T>(ref content))));
            }
        }

        static T Filled<T>()
            where T : unmanaged
        {
            T content = default;
            new Random(1).NextBytes(MemoryMarshal.AsBytes(new Span<T>(ref content)));
            return content;
        }
    }

    [Fact]
    public void Writing_and_reading_allocate_nothing()
    {
        using SharedValue<Sample> value = SharedValue<Sample>.Create(UniqueName.Create());
        value.Write(Sample.Of(1));
        long sum = value.Read().A;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            value.Write(Sample.Of(1));
            sum += value.Read().A;
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(10_001, sum);
    }

    [Fact]
    public void There_is_one_writer_at_a_time()
    {
        string name = UniqueName.Create();
        using SharedValue<int> first = SharedValue<int>.Create(name);
        using SharedValue<int> second = SharedValue<int>.CreateOrOpen(name);
        Assert.False(second.CreatedNew);
        first.Write(1);
        Assert.Equal(unchecked((int)0x80070020), Assert.ThrowsAny<IOException>(() => second.Write(2)).HResult);
        Assert.Equal(unchecked((int)0x80070020), Assert.ThrowsAny<IOException>(() => second.BeginWrite()).HResult);
        ValueWrite<int> left = first.BeginWrite();
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(left.Commit);
        Assert.Equal(1, second.Read());
        second.Write(2);
        Assert.Equal(2, second.Read());
        Assert.Equal(2, second.Version);
    }

    [Fact]
    public void What_exists_is_opened_as_it_is_or_refused()
    {
        string name = UniqueName.Create();
        Assert.False(SharedValue<int>.TryOpen(name, out _));
        Assert.Equal(unchecked((int)0x80070002), Assert.Throws<FileNotFoundException>(() => SharedValue<int>.Open(name)).HResult);
        using SharedValue<int> value = SharedValue<int>.Create(name, new SharedValueOptions { Schema = 7 });
        Assert.True(value.CreatedNew);
        Assert.Equal(unchecked((int)0x800700B7), Assert.ThrowsAny<IOException>(() => SharedValue<int>.Create(name)).HResult);
        Assert.Equal(unchecked((int)0x80070057), Assert.Throws<ArgumentException>(() => SharedValue<long>.Open(name)).HResult);
        Assert.Throws<ArgumentException>(() => SharedValue<long>.CreateOrOpen(name, new SharedValueOptions { Schema = 7 }));
        Assert.Throws<ArgumentException>(() => SharedValue<int>.CreateOrOpen(name));
        Assert.Equal(unchecked((int)0x80070006), Assert.ThrowsAny<IOException>(() => SharedQueue.Open(name)).HResult);
        using SharedQueue queue = SharedQueue.Create(UniqueName.Create());
        Assert.Equal(unchecked((int)0x80070006), Assert.ThrowsAny<IOException>(() => SharedValue<int>.Open(queue.Name!)).HResult);
    }

    [Fact]
    public void Value_in_a_file_outlives_its_objects()
    {
        using var file = new TemporaryFile(0);
        using (SharedValue<Sample> value = SharedValue<Sample>.CreateOrOpenFile(file.Path))
        {
            value.Write(Sample.Of(1));
            value.Write(Sample.Of(2));
            value.Flush();
        }

        using SharedValue<Sample> again = SharedValue<Sample>.OpenFile(file.Path);
        Assert.Equal(file.Path, again.FilePath);
        Assert.Equal(Sample.Of(2), again.Read());
        Assert.Equal(2, again.Version);
        again.Write(Sample.Of(3));
        Assert.Equal(Sample.Of(3), again.Read());
    }

    [Fact]
    public async Task Waits_end_by_a_change_by_time_by_cancellation_and_with_the_object()
    {
        string name = UniqueName.Create();
        using SharedValue<int> value = SharedValue<int>.Create(name);
        using SharedValue<int> other = SharedValue<int>.Open(name);
        long version = 0;
        Assert.False(other.WaitForChange(ref version, timeoutMilliseconds: 0, Test));
        Assert.False(other.WaitForChange(ref version, timeoutMilliseconds: 20, Test));
        Task<long> waiting = OtherThread.Run(() =>
        {
            long seen = 0;
            Assert.True(other.WaitForChange(ref seen, -1, Test));
            return seen;
        });
        Task<long> asynchronous = other.WaitForChangeAsync(0, Test).AsTask();
        value.Write(1);
        Assert.Equal(1, await waiting.WaitAsync(ChildProcess.Watchdog, Test));
        Assert.Equal(1, await asynchronous.WaitAsync(ChildProcess.Watchdog, Test));
        Assert.True(other.WaitForChange(ref version, 0, Test));
        Assert.Equal(1, version);
        using (var cancelled = new CancellationTokenSource())
        {
            Task wait = OtherThread.Run(() => Assert.ThrowsAny<OperationCanceledException>(() => Wait(1, cancelled.Token)));
            asynchronous = other.WaitForChangeAsync(1, cancelled.Token).AsTask();
            await cancelled.CancelAsync();
            await wait.WaitAsync(ChildProcess.Watchdog, Test);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asynchronous.WaitAsync(ChildProcess.Watchdog, Test));
        }

        using var begun = new ManualResetEventSlim();
        Task disposed = OtherThread.Run(() =>
        {
            begun.Set();
            Assert.ThrowsAny<ObjectDisposedException>(() => Wait(1, Test));
        });
        begun.Wait(Test);
        asynchronous = other.WaitForChangeAsync(1, Test).AsTask();
        other.Dispose();
        await disposed.WaitAsync(ChildProcess.Watchdog, Test);
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => asynchronous.WaitAsync(ChildProcess.Watchdog, Test));
        Assert.Throws<ObjectDisposedException>(() => other.Read());
        Assert.Throws<ObjectDisposedException>(() => other.Write(1));

        void Wait(long seen, CancellationToken cancellation) => other.WaitForChange(ref seen, -1, cancellation);
    }

    [Fact]
    public async Task Asynchronous_reader_gets_ever_newer_values_and_the_last_one()
    {
        string name = UniqueName.Create();
        using SharedValue<Sample> value = SharedValue<Sample>.Create(name);
        using SharedValue<Sample> other = SharedValue<Sample>.Open(name);
        Task<int> reader = Task.Run(
            async () =>
            {
                int count = 0;
                long before = 0;
                await foreach ((Sample read, long version) in other.ReadAllAsync(Test))
                {
                    Assert.True(version > before);
                    Assert.Equal(Sample.Of((int)version), read);
                    before = version;
                    count++;
                    if (version == 20_000)
                    {
                        return count;
                    }
                }

                return 0;
            },
            Test);
        for (int i = 1; i <= 20_000; i++)
        {
            value.Write(Sample.Of(i));
        }

        Assert.InRange(await reader.WaitAsync(ChildProcess.Watchdog, Test), 1, 20_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Readers_get_whole_values_from_a_process_that_writes_without_pause(bool large)
    {
        string name = UniqueName.Create();
        if (large)
        {
            Check<Kilobytes>();
        }
        else
        {
            Check<Sample>();
        }

        void Check<T>()
            where T : unmanaged
        {
            using SharedValue<T> value = SharedValue<T>.Create(name);
            using ChildProcess child = ChildProcess.Start(WriteWithoutPause, name, typeof(T).Name);
            child.Expect("writes");
            long before = 0;
            for (int i = 0; i < 20_000; i++)
            {
                Assert.True(value.TryRead(out T read, out long version));
                Assert.True(version >= before);
                before = version;
                AssertWhole(ref read, version);
            }

            long seen = before;
            Assert.True(value.WaitForChange(ref seen, 60_000, Test));
        }
    }

    [Fact]
    public unsafe void Memory_that_is_written_over_leads_to_no_fault()
    {
        string name = UniqueName.Create();
        using SharedValue<Sample> value = SharedValue<Sample>.Create(name);
        using FileMapping mapping = FileMapping.Open(name);
        using MappedView view = mapping.MapView();
        var random = new Random(3);
        byte* bytes = (byte*)view.Address;
        int read = 0, corrupt = 0;
        for (int i = 0; i < 3000; i++)
        {
            value.Write(Sample.Of(i));
            long at = random.Next(2) == 0 ? Memory.ChannelHeader.Size : 128;
            at = random.Next(2) == 0 ? at + (random.Next(64) * 8) : view.Length - 8 - (random.Next(512) * 8);
            *(long*)(bytes + at) = random.Next(3) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(-5, 5);
            try
            {
                read += value.TryRead(out _, out _) ? 1 : 0;
            }
            catch (ChannelCorruptedException)
            {
                corrupt++;
            }
        }

        Assert.NotEqual(0, read);
        Assert.NotEqual(0, corrupt);
    }

    [ChildScenario]
    internal static void WriteWithoutPause(string[] arguments)
    {
        if (arguments[1] == nameof(Kilobytes))
        {
            Write<Kilobytes>(arguments[0]);
        }
        else
        {
            Write<Sample>(arguments[0]);
        }

        static void Write<T>(string name)
            where T : unmanaged
        {
            using SharedValue<T> value = SharedValue<T>.Open(name);
            bool isTold = false;
            while (true)
            {
                ValueWrite<T> write = value.BeginWrite();
                MemoryMarshal.Cast<T, long>(new Span<T>(ref write.Value)).Fill(write.Version);
                write.Commit();
                if (!isTold)
                {
                    isTold = true;
                    Console.WriteLine("writes");
                }
            }
        }
    }

    private static void AssertWhole<T>(ref T value, long version)
        where T : unmanaged => Assert.False(MemoryMarshal.Cast<T, long>(new Span<T>(ref value)).ContainsAnyExcept(version), $"Version {version} is torn.");

    internal readonly record struct Sample(long A, long B, long C, long D, long E, long F, long G, long H)
    {
        public static Sample Of(int number) => new(number, number, number, number, number, number, number, number);
    }

    [InlineArray(1000)]
    internal struct Kilobytes
    {
        private long _first;
    }

    [InlineArray(25_000)]
    private struct Megabytes
    {
        private long _first;
    }
}
