using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>What a neighbour who may write to a mutex's object can do to the threads that own it: free it, and no more.</summary>
public class ScribbledWords
{
    [Fact]
    public void Word_freed_by_a_neighbour_makes_no_second_owner_in_this_process()
    {
        Linux.Only();
        string name = UniqueName.Create();
        using NamedMutex mutex = NamedMutex.Create(name);
        using NamedMutex before = NamedMutex.Create(null), after = NamedMutex.Create(null);
        using NamedEvent never = NamedEvent.Create(null, EventResetMode.ManualReset);
        using var owner = new OtherThread();
        using var other = new OtherThread();
        owner.Do(() => before.Wait());
        owner.Do(() => mutex.Wait());
        owner.Do(() => after.Wait());
        Free(name);

        // Who gets it so gives it back to its owner, and the next one finds it owned.
        other.Do(() => Win32.Fails<InvalidDataException>(1392, () => mutex.TryWait()));
        Assert.False(other.Do(() => mutex.TryWait()));
        Free(name);
        other.Do(() => Win32.Fails<InvalidDataException>(1392, () => WaitableObject.WaitAny([never, mutex], ChildProcess.Watchdog)));
        Assert.False(other.Do(() => mutex.TryWait()));
        Free(name);
        other.Do(() => Win32.Fails<InvalidDataException>(1392, () => mutex.Wait()));

        // Neither thread's list has come to harm: what it owns it gives up, or leaves abandoned.
        owner.Do(mutex.Release);
        other.Do(() => mutex.Wait());
        owner.End();
        Assert.All([before, after], left => Assert.Throws<AbandonedMutexException>(() => left.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken)));
        other.End();
        Assert.Throws<AbandonedMutexException>(() => mutex.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        mutex.Release();
        before.Release();
        after.Release();
    }

    /// <summary>As a neighbour does it: through the object's file.</summary>
    private static void Free(string name)
    {
        using FileStream file = File.Open(Path.Combine(StoreFolder.LocalPath, name), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = file.Length - ObjectHeader.OwnerWordFromEnd;
        file.Write(new byte[sizeof(uint)]);
    }
}
