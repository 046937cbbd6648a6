using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Changing files with the mapped ones kept whole: by several at once, and by paths that are none.</summary>
public class ChangingMappedFiles
{
    [Fact]
    public void Who_shortens_a_file_at_the_same_time_as_another_does_not_take_him_for_a_holder()
    {
        const int rounds = 500;
        using var file = new TemporaryFile(4 * rounds);
        Exception? failure = null;
        void Attempt(Action action)
        {
            for (int round = 0; round < rounds && Volatile.Read(ref failure) is null; round++)
            {
                try
                {
                    action();
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, e, null);
                }
            }
        }

        int length = 4 * rounds;
        void Shorten() => MappedFiles.SetLength(file.Path, Interlocked.Decrement(ref length));
        void Ask() => Assert.False(MappedFiles.IsMapped(file.Path), "Nobody has the file mapped.");
        Thread[] threads = [new(() => Attempt(Shorten)), new(() => Attempt(Shorten)), new(() => Attempt(Ask))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => Assert.True(thread.Join(TimeSpan.FromMinutes(2)), "A thread hangs."));
        Assert.Null(failure);
        Assert.InRange(file.Length, length, 4 * rounds);
    }

    [Fact]
    public void A_holder_keeps_the_file_whole_and_lets_it_grow()
    {
        using var file = new TemporaryFile(5000);
        using (FileMapping mapping = FileMapping.Create(file.Path))
        {
            Win32.Fails<IOException>(1224, () => MappedFiles.SetLength(file.Path, 4999));
            Win32.Fails<UnauthorizedAccessException>(5, () => MappedFiles.Delete(file.Path));
            MappedFiles.SetLength(file.Path, 5000);
            MappedFiles.SetLength(file.Path, 12_345);
            Assert.Equal(12_345, file.Length);
            Assert.True(MappedFiles.IsMapped(file.Path));
        }

        Assert.False(MappedFiles.IsMapped(file.Path));
        MappedFiles.SetLength(file.Path, 10);
        Assert.Equal(10, file.Length);
        Assert.False(MappedFiles.IsMapped(file.Path));
    }

    [Fact]
    public void A_path_with_a_NUL_does_not_reach_the_file_before_it()
    {
        using var file = new TemporaryFile(100);
        string path = file.Path + "\0.bak";
        Win32.Fails<ArgumentException>(87, () => MappedFiles.IsMapped(path));
        Win32.Fails<ArgumentException>(87, () => MappedFiles.SetLength(path, 0));
        Win32.Fails<ArgumentException>(87, () => MappedFiles.Delete(path));
        Assert.Equal(100, file.Length);
    }
}
