using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Two descriptors closed at once: both are, whatever their numbers, and no other is.</summary>
public class ClosedDescriptors
{
    [Fact]
    public void Both_are_closed_and_nothing_else()
    {
        Linux.Only();
        using ChildProcess child = ChildProcess.Start(CloseAtAnyDistance);
        child.Finish();
    }

    /// <summary>In a process of its own, whose descriptors no other test opens and closes.</summary>
    [ChildScenario]
    internal static void CloseAtAnyDistance(string[] arguments)
    {
        const int first = 500;
        int source = Libc.Open(Libc.AT_FDCWD, "/dev/null\0"u8, Libc.O_RDONLY);
        foreach ((int one, int other) in ((int, int)[])[(1, 2), (2, 1), (1, 3), (3, 1), (2, 2), (2, -1 - first), (-1 - first, 2)])
        {
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(first + i, Libc.fcntl(source, Libc.F_DUPFD_CLOEXEC, first + i));
            }

            Assert.True(Libc.CloseBoth(first + one, first + other));
            for (int i = 0; i < 5; i++)
            {
                Assert.True(IsOpen(first + i) == (i != one && i != other), $"{i} after closing {one} and {other}");
                _ = Libc.close(first + i);
            }
        }
    }

    private static bool IsOpen(int fd) => Libc.fcntl(fd, Libc.F_GETFD, 0) >= 0;
}
