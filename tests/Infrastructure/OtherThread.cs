using System.Collections.Concurrent;

namespace Crossmap.Testing;

/// <summary>A thread of its own, for what belongs to threads: it runs the steps that it is given, one after the other, and ends when told.</summary>
internal sealed class OtherThread : IDisposable
{
    private readonly BlockingCollection<Task> _steps = [];
    private readonly Thread _thread;

    /// <summary>Of the kernel's thread, on Linux: there as long as it is.</summary>
    private string? _folder;

    public OtherThread()
    {
        _thread = new Thread(() =>
        {
            _folder = OperatingSystem.IsLinux() ? "/proc/" + new FileInfo("/proc/thread-self").LinkTarget : null;
            foreach (Task step in _steps.GetConsumingEnumerable())
            {
                step.RunSynchronously();
            }
        }) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs one function on a thread of its own, to be awaited.</summary>
    public static Task<T> Run<T>(Func<T> function) => Task.Factory.StartNew(function, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <inheritdoc cref="Run{T}"/>
    public static Task Run(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Runs it there, and fails as it fails.</summary>
    public void Do(Action action) => Begin(action).Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken);

    public T Do<T>(Func<T> function)
    {
        T result = default!;
        Do(() => { result = function(); });
        return result;
    }

    /// <summary>Lets it run there, and goes on.</summary>
    public Step Begin(Action action)
    {
        var task = new Task(action);
        _steps.Add(task);
        return new Step(task);
    }

    /// <summary>
    /// The thread is over when this returns, for the kernel too: its mutexes are abandoned, all of them. The runtime's join on Linux returns before
    /// that, and the kernel abandons one after the other.
    /// </summary>
    public void End()
    {
        _steps.CompleteAdding();
        Assert.True(_thread.Join(ChildProcess.Watchdog), "The thread does not end.");
        Assert.True(_folder is null || SpinWait.SpinUntil(() => !Directory.Exists(_folder), ChildProcess.Watchdog), "The kernel's thread does not end.");
    }

    public void Dispose()
    {
        _steps.CompleteAdding();
        _ = _thread.Join(ChildProcess.Watchdog);
        _steps.Dispose();
    }

    internal readonly struct Step(Task task)
    {
        public bool IsOver => task.IsCompleted;

        public void Wait(TimeSpan watchdog, CancellationToken cancellation)
        {
            try
            {
                Assert.True(task.Wait(watchdog, cancellation), "The other thread hangs.");
            }
            catch (AggregateException e) when (e.InnerException is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException);
            }
        }

        public void Finish() => Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken);
    }
}
