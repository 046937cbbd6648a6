using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>What the other processes do.</summary>
public partial class Conditions
{
    [ChildScenario]
    internal static void WaitForFlag(string[] arguments)
    {
        using var shared = Shared.Open(arguments[0]);
        string how = "went on";
        void Try(Action wait)
        {
            try
            {
                wait();
            }
            catch (AbandonedMutexException)
            {
                how = "abandoned";
            }
        }

        Try(() => shared.Mutex.Wait());
        shared.Arrived++;
        while (shared.Flag == 0)
        {
            Try(() => shared.Condition.Wait(shared.Mutex));
        }

        shared.Mutex.Release();
        Console.WriteLine(how);
    }

    [ChildScenario]
    internal static void Own(string[] arguments)
    {
        using var shared = Shared.Open(arguments[0]);
        shared.Mutex.Wait();
        Console.WriteLine("owns");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void NotifyForEver(string[] arguments)
    {
        using var shared = Shared.Open(arguments[0]);
        Console.WriteLine("notifies");
        while (true)
        {
            shared.Condition.NotifyAll();
        }
    }

    [ChildScenario]
    internal static void TakeTurns(string[] arguments)
    {
        using var shared = Shared.Open(arguments[0]);
        int who = int.Parse(arguments[1], CultureInfo.InvariantCulture), rounds = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        for (int round = 0; round < rounds; round++)
        {
            shared.Take();
            while (shared.Flag % 2 != who)
            {
                Assert.True(shared.Condition.Wait(shared.Mutex, ChildProcess.Watchdog), "A notification was lost.");
            }

            shared.Flag++;
            shared.Condition.NotifyAll();
            shared.Mutex.Release();
        }
    }

    [ChildScenario]
    internal static void Produce(string[] arguments)
    {
        int first = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        WithBuffer(arguments, (view, mutex, notFull, notEmpty, turn) =>
        {
            while (view.At<int>(0) == 4)
            {
                notFull.Wait(mutex);
            }

            view.At<int>(8 + (4 * view.At<int>(0)++)) = first + turn;
            notEmpty.NotifyAll();
        });
    }

    [ChildScenario]
    internal static void Consume(string[] arguments) => WithBuffer(arguments, (view, mutex, notFull, notEmpty, _) =>
    {
        while (view.At<int>(0) == 0)
        {
            notEmpty.Wait(mutex);
        }

        view.At<byte>(4096 + view.At<int>(8 + (4 * --view.At<int>(0))))++;
        notFull.NotifyAll();
    });

    private static void WithBuffer(string[] arguments, Action<MappedView, NamedMutex, NamedCondition, NamedCondition, int> once)
    {
        string name = arguments[0];
        using FileMapping mapping = FileMapping.Open(name + "-memory");
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Open(name + "-mutex");
        using NamedCondition notFull = NamedCondition.Open(name + "-full"), notEmpty = NamedCondition.Open(name + "-empty");
        int each = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        for (int turn = 0; turn < each; turn++)
        {
            mutex.Wait();
            once(view, mutex, notFull, notEmpty, turn);
            mutex.Release();
        }
    }
}
