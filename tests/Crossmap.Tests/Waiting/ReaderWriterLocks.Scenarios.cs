using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>What the other processes do.</summary>
public partial class ReaderWriterLocks
{
    /// <summary>Words of its input, each with an answer.</summary>
    [ChildScenario]
    internal static void DoAsTold(string[] arguments)
    {
        using NamedReaderWriterLock here = NamedReaderWriterLock.Open(arguments[0]);
        while (Console.ReadLine() is { } word)
        {
            string answer = "inside";
            try
            {
                switch (word)
                {
                    case "read": here.EnterReadLock(); break;
                    case "write": here.EnterWriteLock(); break;
                    case "try-read": answer = $"{here.TryEnterReadLock(ShortTime)}"; break;
                    case "try-write": answer = $"{here.TryEnterWriteLock(ShortTime)}"; break;
                    case "exit-read": here.ExitReadLock(); answer = "left"; break;
                    case "exit-write": here.ExitWriteLock(); answer = "left"; break;
                }
            }
            catch (AbandonedMutexException)
            {
                answer += ", abandoned";
            }

            Console.WriteLine(answer);
        }
    }

    [ChildScenario]
    internal static void ReadAndWrite(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0] + "-memory");
        using MappedView view = mapping.MapView();
        int times = int.Parse(arguments[1], CultureInfo.InvariantCulture), torn = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() =>
        {
            using NamedReaderWriterLock here = NamedReaderWriterLock.Open(arguments[0]);
            for (int i = 0; i < times; i++)
            {
                if (number % 2 == 0)
                {
                    here.EnterWriteLock();
                    view.At<long>(0)++;
                    view.At<long>(2048)++;
                    here.ExitWriteLock();
                }
                else
                {
                    here.EnterReadLock();
                    _ = Interlocked.Add(ref torn, view.At<long>(0) == view.At<long>(2048) ? 0 : 1);
                    here.ExitReadLock();
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(0, torn);
    }

    private static void Tell(ChildProcess child, string word, string answer)
    {
        child.Send(word);
        child.Expect(answer);
    }

    private static void AwaitWriterOnItsWay(NamedReaderWriterLock here, OtherThread reader) => Assert.True(
        SpinWait.SpinUntil(() => !reader.Do(() => here.TryEnterReadLock(TimeSpan.Zero) && Left(here)), ChildProcess.Watchdog), "No writer comes.");

    private static bool Left(NamedReaderWriterLock here)
    {
        here.ExitReadLock();
        return true;
    }
}
