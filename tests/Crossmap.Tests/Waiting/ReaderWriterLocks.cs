using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>A named reader-writer lock between threads and processes, and what becomes of it when somebody inside ends.</summary>
public partial class ReaderWriterLocks
{
    private static readonly TimeSpan ShortTime = TimeSpan.FromMilliseconds(5);

    [Fact]
    public void Readers_are_inside_together_and_a_writer_alone()
    {
        string name = UniqueName.Create();
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        using var other = new OtherThread();
        using ChildProcess child = ChildProcess.Start(DoAsTold, name);
        Assert.True(here.TryEnterReadLock(TimeSpan.Zero, TestContext.Current.CancellationToken));
        Assert.True(other.Do(() => here.TryEnterReadLock(ChildProcess.Watchdog)));
        Tell(child, "try-read", "True");
        Assert.Equal(3, here.CurrentReadCount);
        Assert.False(here.IsWriting);
        Assert.True(here.IsReadLockHeld);
        here.ExitReadLock();
        Assert.False(here.TryEnterWriteLock(ShortTime, TestContext.Current.CancellationToken));
        other.Do(here.ExitReadLock);
        Assert.False(here.TryEnterWriteLock(TimeSpan.Zero, TestContext.Current.CancellationToken));
        Tell(child, "exit-read", "left");
        Assert.True(here.TryEnterWriteLock(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        Assert.True(here is { IsWriteLockHeld: true, IsReadLockHeld: false, IsWriting: true, CurrentReadCount: 0 });
        Assert.False(other.Do(() => here.IsWriteLockHeld));
        Assert.False(other.Do(() => here.TryEnterReadLock(ShortTime)));
        Tell(child, "try-read", "False");
        Tell(child, "try-write", "False");
        here.ExitWriteLock();
        Tell(child, "try-write", "True");
        Assert.False(here.TryEnterReadLock(ShortTime, TestContext.Current.CancellationToken));
        Tell(child, "exit-write", "left");
        child.Finish();
    }

    [Fact]
    public void Waiting_writer_gets_in_when_the_readers_have_left_and_keeps_later_ones_out()
    {
        string name = UniqueName.Create();
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        using var reader = new OtherThread();
        using ChildProcess child = ChildProcess.Start(DoAsTold, name);
        Tell(child, "read", "inside");
        using var writer = new OtherThread();
        OtherThread.Step writing = writer.Begin(() => here.EnterWriteLock());

        // Once it is on the way, nobody reads any more.
        AwaitWriterOnItsWay(here, reader);
        Assert.False(reader.Do(() => here.TryEnterReadLock(ShortTime)));
        Assert.False(writing.IsOver);
        OtherThread.Step reading = reader.Begin(() => here.EnterReadLock());
        Tell(child, "exit-read", "left");
        writing.Finish();
        Assert.False(reading.IsOver);
        writer.Do(here.ExitWriteLock);
        reading.Finish();
        reader.Do(here.ExitReadLock);
        child.Finish();
    }

    [Fact]
    public void All_readers_come_in_when_a_writer_leaves()
    {
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(UniqueName.Create());
        here.EnterWriteLock(TestContext.Current.CancellationToken);
        OtherThread[] others = [.. Enumerable.Range(0, 8).Select(_ => new OtherThread())];
        OtherThread.Step[] steps = [.. others.Select(other => other.Begin(() => here.EnterReadLock()))];
        Assert.All(steps, step => Assert.False(step.IsOver));
        here.ExitWriteLock();
        Array.ForEach(steps, step => step.Finish());
        Assert.Equal(8, here.CurrentReadCount);
        Array.ForEach(others, other => other.Do(here.ExitReadLock));
        Array.ForEach(others, other => other.Dispose());
        Assert.Equal(0, here.CurrentReadCount);
    }

    [Fact]
    public void Killed_reader_leaves_nothing_and_lets_a_writer_in()
    {
        string name = UniqueName.Create();
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        using ChildProcess child = ChildProcess.Start(DoAsTold, name);
        Tell(child, "read", "inside");
        using var writer = new OtherThread();
        OtherThread.Step writing = writer.Begin(() => here.EnterWriteLock());
        Assert.False(writing.IsOver);
        child.Kill();
        writing.Finish();
        writer.Do(here.ExitWriteLock);
        Assert.False(here.IsAbandoned);
        Assert.True(here.TryEnterReadLock(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        here.ExitReadLock();
    }

    [Fact]
    public void Killed_writer_is_told_to_all_readers_until_one_writer_has_come_and_gone()
    {
        string name = UniqueName.Create();
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        using var other = new OtherThread();
        using (ChildProcess child = ChildProcess.Start(DoAsTold, name))
        {
            Tell(child, "write", "inside");
            Assert.False(here.TryEnterReadLock(ShortTime, TestContext.Current.CancellationToken));
            child.Kill();
        }

        for (int time = 0; time < 2; time++)
        {
            Assert.Throws<AbandonedMutexException>(() => here.EnterReadLock(TestContext.Current.CancellationToken));
            Assert.True(here is { IsReadLockHeld: true, IsAbandoned: true, IsWriting: false });
            other.Do(() => Assert.Throws<AbandonedMutexException>(() => here.EnterReadLock(CancellationToken.None)));
            other.Do(here.ExitReadLock);
            here.ExitReadLock();
        }

        Assert.Throws<AbandonedMutexException>(() => here.EnterWriteLock(TestContext.Current.CancellationToken));
        Assert.True(here is { IsWriteLockHeld: true, IsAbandoned: false, IsWriting: true });
        here.ExitWriteLock();
        Assert.False(here.IsAbandoned);
        here.EnterReadLock(TestContext.Current.CancellationToken);
        here.ExitReadLock();
        here.EnterWriteLock(TestContext.Current.CancellationToken);
        here.ExitWriteLock();
    }

    [Fact]
    public void Writer_that_dies_again_before_it_leaves_is_told_again()
    {
        string name = UniqueName.Create();
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        for (int time = 0; time < 2; time++)
        {
            using ChildProcess child = ChildProcess.Start(DoAsTold, name);
            Tell(child, "write", time == 0 ? "inside" : "inside, abandoned");
            child.Kill();
        }

        Assert.Throws<AbandonedMutexException>(() => here.EnterWriteLock(TestContext.Current.CancellationToken));
        here.ExitWriteLock();
    }

    [Fact]
    public void Writer_that_is_killed_while_it_waits_for_readers_has_changed_nothing_and_is_not_told()
    {
        string name = UniqueName.Create();
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        using var other = new OtherThread();
        here.EnterReadLock(TestContext.Current.CancellationToken);
        using (ChildProcess child = ChildProcess.Start(DoAsTold, name))
        {
            child.Send("write");
            AwaitWriterOnItsWay(here, other);
            child.Kill();
        }

        Assert.True(other.Do(() => here.TryEnterReadLock(ChildProcess.Watchdog)));
        other.Do(here.ExitReadLock);
        here.ExitReadLock();
        Assert.True(here.TryEnterWriteLock(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        here.ExitWriteLock();
    }

    [Fact]
    public void Thread_that_ends_inside_is_as_one_that_is_killed()
    {
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(null);
        foreach (bool writes in new[] { false, true })
        {
            using var other = new OtherThread();
            other.Do(() =>
            {
                if (writes)
                {
                    here.EnterWriteLock();
                }
                else
                {
                    here.EnterReadLock();
                }
            });
            other.End();
            if (writes)
            {
                Assert.Throws<AbandonedMutexException>(() => here.EnterWriteLock(TestContext.Current.CancellationToken));
            }
            else
            {
                here.EnterWriteLock(TestContext.Current.CancellationToken);
            }

            here.ExitWriteLock();
        }
    }

    [Fact]
    public void One_reader_more_than_there_can_be_waits_until_another_leaves()
    {
        string name = UniqueName.Create();
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        OtherThread[] others = [.. Enumerable.Range(0, NamedReaderWriterLock.MaximumReaders - 1).Select(_ => new OtherThread())];
        Array.ForEach(others, other => Assert.True(other.Do(() => here.TryEnterReadLock(ChildProcess.Watchdog))));
        here.EnterReadLock(TestContext.Current.CancellationToken);
        Assert.Equal(NamedReaderWriterLock.MaximumReaders, here.CurrentReadCount);
        using ChildProcess child = ChildProcess.Start(DoAsTold, name);
        Tell(child, "try-read", "False");
        child.Send("read");
        Array.ForEach(others, other => other.Do(here.ExitReadLock));
        here.ExitReadLock();
        child.Expect("inside");
        Assert.Equal(1, here.CurrentReadCount);
        Tell(child, "exit-read", "left");
        child.Finish();
        Array.ForEach(others, other => other.Dispose());
    }

    [Fact]
    public void Cancelled_or_late_entry_is_none()
    {
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(UniqueName.Create());
        using var other = new OtherThread();
        foreach (bool writes in new[] { false, true })
        {
            void Enter(CancellationToken token)
            {
                if (writes)
                {
                    here.EnterWriteLock(token);
                }
                else
                {
                    here.EnterReadLock(token);
                }
            }

            using var source = new CancellationTokenSource();
            here.EnterWriteLock(TestContext.Current.CancellationToken);
            OtherThread.Step step = other.Begin(() => Assert.ThrowsAny<OperationCanceledException>(() => Enter(source.Token)));
            source.Cancel();
            step.Finish();
            here.ExitWriteLock();
            Assert.ThrowsAny<OperationCanceledException>(() => Enter(source.Token));
            here.EnterWriteLock(TestContext.Current.CancellationToken);
            here.ExitWriteLock();
        }

        // A writer that already keeps others out, and waits for a reader to leave.
        using var late = new CancellationTokenSource();
        here.EnterReadLock(TestContext.Current.CancellationToken);
        OtherThread.Step waiting = other.Begin(() => Assert.ThrowsAny<OperationCanceledException>(() => here.EnterWriteLock(late.Token)));
        late.Cancel();
        waiting.Finish();
        Assert.False(other.Do(() => here.TryEnterWriteLock(ShortTime)));
        Assert.True(other.Do(() => here.TryEnterReadLock(ChildProcess.Watchdog)));
        other.Do(here.ExitReadLock);
        here.ExitReadLock();
    }

    [Fact]
    public void Entering_again_and_leaving_what_one_is_not_inside_of_are_errors()
    {
        string name = UniqueName.Create();
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        using NamedReaderWriterLock again = NamedReaderWriterLock.Open(name);
        using NamedReaderWriterLock another = NamedReaderWriterLock.Create(UniqueName.Create());
        using var other = new OtherThread();
        Win32.Fails<SynchronizationLockException>(288, here.ExitReadLock);
        Win32.Fails<SynchronizationLockException>(288, here.ExitWriteLock);
        here.EnterReadLock(TestContext.Current.CancellationToken);
        Assert.Throws<LockRecursionException>(() => again.EnterReadLock(TestContext.Current.CancellationToken));
        Assert.Throws<LockRecursionException>(() => again.EnterWriteLock(TestContext.Current.CancellationToken));
        Win32.Fails<SynchronizationLockException>(288, here.ExitWriteLock);
        other.Do(() => Win32.Fails<SynchronizationLockException>(288, here.ExitReadLock));

        // Another lock is another lock, and a handle is not the lock.
        another.EnterWriteLock(TestContext.Current.CancellationToken);
        again.ExitReadLock();
        another.ExitWriteLock();
        here.EnterWriteLock(TestContext.Current.CancellationToken);
        Assert.Throws<LockRecursionException>(() => here.TryEnterWriteLock(TimeSpan.Zero, TestContext.Current.CancellationToken));
        Assert.Throws<LockRecursionException>(() => again.TryEnterReadLock(TimeSpan.Zero, TestContext.Current.CancellationToken));
        Win32.Fails<SynchronizationLockException>(288, here.ExitReadLock);
        again.ExitWriteLock();
        Win32.Fails<ArgumentOutOfRangeException>(87, () => here.TryEnterReadLock(TimeSpan.FromMilliseconds(-2), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Name_leads_to_a_lock_or_to_another_kind_of_object()
    {
        string name = UniqueName.Create();
        Assert.False(NamedReaderWriterLock.TryOpen(name, out _));
        Win32.Fails<WaitHandleCannotBeOpenedException>(2, () => NamedReaderWriterLock.Open(name).Dispose());
        using (NamedReaderWriterLock here = NamedReaderWriterLock.Create(name))
        {
            Assert.True(here.CreatedNew);
            using NamedReaderWriterLock again = NamedReaderWriterLock.Create(name);
            Assert.False(again.CreatedNew);
            Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedMutex.Create(name).Dispose());
            Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedSemaphore.Create(name, 1, 1).Dispose());
            Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedSemaphore.Open(name).Dispose());
            Win32.Fails<IOException>(6, () => FileMapping.CreateInMemory(4096, name).Dispose());
            NamedObjectInfo info = Assert.Single(NamedObjects.List(), o => o.Name == name);
            Assert.Equal((NamedObjectKind.ReaderWriterLock, false, 0), (info.Kind, info.IsOwned, info.CurrentReadCount));
            here.EnterReadLock(TestContext.Current.CancellationToken);
            Assert.Equal(1, NamedObjects.Find(name)!.CurrentReadCount);
            here.ExitReadLock();
            here.EnterWriteLock(TestContext.Current.CancellationToken);
            Assert.True(NamedObjects.Find(name) is { IsOwned: true, CurrentReadCount: 0 });
            here.ExitWriteLock();
        }

        Assert.False(NamedReaderWriterLock.TryOpen(name, out _));
        using NamedSemaphore semaphore = NamedSemaphore.Create(name, 1, 1);
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedReaderWriterLock.Create(name).Dispose());
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedReaderWriterLock.Open(name).Dispose());
    }

    [Fact]
    public void Lock_that_is_closed_inside_is_free_to_be_created_again()
    {
        string name = UniqueName.Create();
        for (int round = 0; round < 50; round++)
        {
            using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
            Assert.True(here.CreatedNew);
            if (round % 2 == 0)
            {
                here.EnterWriteLock(TestContext.Current.CancellationToken);
            }
            else
            {
                here.EnterReadLock(TestContext.Current.CancellationToken);
            }
        }

        using NamedReaderWriterLock last = NamedReaderWriterLock.Create(name);
        Assert.True(last is { CreatedNew: true, IsAbandoned: false, CurrentReadCount: 0 });
        last.Dispose();
        Assert.Throws<ObjectDisposedException>(() => last.EnterReadLock(TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(last.ExitReadLock);
    }

    [Fact]
    public void Who_closes_his_handle_inside_stays_inside_while_others_can_reach_it()
    {
        string name = UniqueName.Create();
        using var reader = new OtherThread();
        NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        reader.Do(() => here.EnterReadLock());
        using ChildProcess child = ChildProcess.Start(DoAsTold, name);
        Tell(child, "try-write", "False");
        here.Dispose();
        Tell(child, "try-write", "False");
        child.Send("write");
        reader.End();
        child.Expect("inside");
        Tell(child, "exit-write", "left");
        child.Finish();
    }

    [Fact]
    public void Processes_and_threads_read_whole_records_and_count_right()
    {
        // On Windows who writes waits for the kernel's objects of all readers, and under Wine each of them is a call of its server.
        int each = OperatingSystem.IsWindows() ? 150 : 1500;
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name + "-memory");
        using MappedView view = mapping.MapView();
        using NamedReaderWriterLock here = NamedReaderWriterLock.Create(name);
        string count = each.ToString(CultureInfo.InvariantCulture);
        using ChildProcess first = ChildProcess.Start(ReadAndWrite, name, count);
        using ChildProcess second = ChildProcess.Start(ReadAndWrite, name, count);
        first.Finish();
        second.Finish();
        Assert.Equal((4 * each, 4 * each), (view.At<long>(0), view.At<long>(2048)));
        Assert.True(here is { IsWriting: false, CurrentReadCount: 0 });
    }
}
