using System.Diagnostics.CodeAnalysis;
using Framework = System.Threading.WaitHandle;

namespace Crossmap.Compatibility.Waiting;

/// <summary>
/// A thread that sleeps for handles of the framework's in the place of one that sleeps for named objects. It takes nothing: what its wait took it
/// gives back before it says that something is there. An own thread, not the pool's: all of those may be asleep in waits like the one it helps.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Its thread disposes it.")]
internal sealed class Watcher
{
    /// <summary>How long one without work stays for the next.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly Lock Gate = new();
    private static readonly Stack<Watcher> Idle = new();

    private readonly System.Threading.AutoResetEvent _work = new(false);
    private Watch? _watch;

    private Watcher() => new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "Crossmap watch" }.Start();

    /// <summary>Begins to watch the handles.</summary>
    public static Watch Begin(Framework[] handles)
    {
        var watch = new Watch(handles);
        Watcher watcher;
        lock (Gate)
        {
            if (!Idle.TryPop(out watcher!))
            {
                watcher = new Watcher();
            }

            watcher._watch = watch;
        }

        watcher._work.Set();
        return watch;
    }

    private void Run()
    {
        while (true)
        {
            if (!_work.WaitOne(Patience))
            {
                lock (Gate)
                {
                    // Given work at this moment: then it is told of it, too.
                    if (_watch is null)
                    {
                        Forget();
                        return;
                    }
                }

                continue;
            }

            Watch watch = _watch!;
            watch.Run();
            lock (Gate)
            {
                _watch = null;
                Idle.Push(this);
            }
        }
    }

    private void Forget()
    {
        Watcher[] others = [.. Idle.Where(w => w != this)];
        Idle.Clear();
        foreach (Watcher other in others)
        {
            Idle.Push(other);
        }

        _work.Dispose();
    }
}

/// <summary>One wait's watch over handles of the framework's.</summary>
internal sealed class Watch(Framework[] handles) : IDisposable
{
    private readonly System.Threading.ManualResetEvent _stop = new(false);
    private readonly System.Threading.ManualResetEventSlim _ended = new(false);
    private readonly CancellationTokenSource _seen = new();

    /// <summary>Cancelled when one of the handles is there, or was for a moment.</summary>
    public CancellationToken Seen => _seen.Token;

    /// <summary>A mutex that was abandoned until the watcher had it, after <see cref="End"/>.</summary>
    public Framework? Abandoned { get; private set; }

    /// <summary>Why the handles cannot be waited for, after <see cref="End"/>.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>On the watcher's thread.</summary>
    public void Run()
    {
        try
        {
            Framework[] all = [_stop, .. handles];
            int index = WaitAny(all);
            if (index > 0)
            {
                Signals.GiveBack(all[index]);
            }
        }
        catch (Exception e)
        {
            Failure = e;
        }
        finally
        {
            // SYNC POINT with End: nothing of the handles is in this thread's hands any more.
            _seen.Cancel();
            _ended.Set();
        }
    }

    /// <summary>Returns when the watcher has given back whatever it held.</summary>
    public void End()
    {
        _stop.Set();
        _ended.Wait();
    }

    public void Dispose()
    {
        End();
        _stop.Dispose();
        _ended.Dispose();
        _seen.Dispose();
    }

    private int WaitAny(Framework[] all)
    {
        try
        {
            return Framework.WaitAny(all);
        }
        catch (AbandonedMutexException e) when (e.MutexIndex > 0)
        {
            // Only the first owner after that learns it, which is this thread: it tells the waiting one.
            Abandoned = all[e.MutexIndex];
            return e.MutexIndex;
        }
    }
}
