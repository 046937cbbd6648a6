using System.Globalization;
using System.Runtime.CompilerServices;
using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>What the other processes do.</summary>
public partial class InViews
{
    [ChildScenario]
    internal static void Add(string[] arguments) => InMapping(arguments, AddHere);

    [ChildScenario]
    internal static void Own(string[] arguments) => InMapping(arguments, view =>
    {
        using NamedMutex mutex = NamedMutex.Open(view, 0);
        mutex.Wait();
        mutex.Wait();
        Console.WriteLine("owned");
        Console.ReadLine();
    });

    [ChildScenario]
    internal static void WaitForMutex(string[] arguments) => InMapping(arguments, view =>
    {
        using NamedMutex mutex = NamedMutex.Open(view, 0);
        Console.WriteLine("waiting");
        mutex.Wait();
        Console.WriteLine("taken");
        mutex.Release();
    });

    [ChildScenario]
    internal static void WaitForSemaphore(string[] arguments) => InMapping(arguments, view =>
    {
        using NamedSemaphore semaphore = NamedSemaphore.Open(view, 64);
        Console.WriteLine("waiting");
        semaphore.Wait();
        Console.WriteLine("taken");
    });

    [ChildScenario]
    internal static void ReleaseOne(string[] arguments) => InMapping(arguments, view =>
    {
        using NamedSemaphore semaphore = NamedSemaphore.Open(view, 64);
        Assert.Equal(0, semaphore.Release());
    });

    [ChildScenario]
    internal static void Answer(string[] arguments) => InMapping(arguments, view =>
    {
        using NamedEvent told = NamedEvent.Open(view, 0), answer = NamedEvent.Open(view, 64);
        Console.WriteLine(told.Mode.ToString());
        told.Wait();
        answer.Set();
    });

    [ChildScenario]
    internal static void UseFile(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Create(arguments[0]);
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Open(view, 4096);
        using NamedSemaphore semaphore = NamedSemaphore.Open(view, 4096 + 64);
        Assert.False(mutex.TryWait());
        Console.WriteLine("owned " + semaphore.CurrentCount.ToString(CultureInfo.InvariantCulture));
        mutex.Wait();
        semaphore.Wait();
        Console.WriteLine("taken");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void UseManyPages(string[] arguments)
    {
        UseOnePage(arguments[0]);
        int most = WordPage.MostOfViews;
        using FileMapping large = FileMapping.CreateInMemory((most + 1) * 4096L);
        using MappedView pages = large.MapView();
        UseAndClose(pages, 2 * (most + 1), most + 1);
        NamedSemaphore[] kept = [.. Enumerable.Range(0, most).Select(i => NamedSemaphore.Create(pages, i * 4096L, 1, 1))];
        Win32.Fails<IOException>(1450, () => NamedSemaphore.Create(pages, most * 4096L, 1, 1));
        Assert.All(kept, semaphore => Assert.True(semaphore.TryWait()));
        NamedSemaphore.Create(pages, 64, 1, 1).Dispose();
        Array.ForEach(kept, semaphore => semaphore.Dispose());
        GC.KeepAlive(kept);
    }

    /// <summary>Each in a frame of its own, which keeps nothing when it is over.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseOnePage(string file)
    {
        using FileMapping mapping = FileMapping.Create(file);
        using MappedView view = mapping.MapView();
        NamedSemaphore[] page = [.. Enumerable.Range(0, 64).Select(i => NamedSemaphore.Create(view, i * 64, 1, 1))];
        Assert.Equal(2, File.ReadLines("/proc/self/maps").Count(line => line.EndsWith(file, StringComparison.Ordinal)));
        Array.ForEach(page, semaphore => semaphore.Dispose());
    }

    /// <summary>What was closed is not in use.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseAndClose(MappedView pages, int times, int different)
    {
        for (int i = 0; i < times; i++)
        {
            NamedSemaphore.Create(pages, i % different * 4096L, 1, 1).Dispose();
        }
    }

    private static void InMapping(string[] arguments, Action<MappedView> use)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using MappedView view = mapping.MapView();
        use(view);
    }
}
