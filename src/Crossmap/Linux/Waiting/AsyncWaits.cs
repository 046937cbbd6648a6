using System.Diagnostics;
using System.Runtime.InteropServices;
using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>
/// The waits of this process that hold no thread: one thread sleeps for all their objects together, takes what they give, and completes the
/// waits of an object in the order in which they came. One for each hundred objects or so (<see cref="Futex.MostSleptOn"/>).
/// </summary>
/// <remarks>Like every sleeper of several objects it hands nothing on (<see cref="WaitProtocol"/>), so being killed with it costs nobody a wake-up.</remarks>
internal sealed unsafe class AsyncWaits
{
    /// <summary>Objects that one thread sleeps for; one place is its own.</summary>
    private const int MaximumObjects = Futex.MostSleptOn - 1;

    private static readonly Lock Gate = new();
    private static readonly List<AsyncWaits> Sleepers = [];

    private readonly Dictionary<IOneOfSeveral, LinkedList<AsyncWait>> _waits = [];

    /// <summary>
    /// Tells the sleeper of what its places do not: new objects, deadlines that are nearer than the one it sleeps until, and waits that were
    /// cancelled, which it drops.
    /// </summary>
    private readonly uint* _news;

    /// <summary>Until when it sleeps at this moment; negative for ever.</summary>
    private long _sleepsUntil = -1;

    private AsyncWaits()
    {
        // As long as the process: the thread never ends.
        _news = (uint*)NativeMemory.AllocZeroed(sizeof(ulong));
        new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "Crossmap waits" }.Start();
    }

    /// <summary>Waits for the object.</summary>
    /// <param name="awaited">Kept until the wait is over.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit, 0 to try only.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static Task<bool> Run<T>(T awaited, long timeoutMilliseconds, CancellationToken cancellation)
        where T : Waitable, IOneOfSeveral
    {
        uint arrived = awaited.Arrive();
        return cancellation.IsCancellationRequested ? Task.FromCanceled<bool>(cancellation)
            : awaited.Wait(0, CancellationToken.None) == WaitResult.Signaled ? Task.FromResult(true)
            : timeoutMilliseconds == 0 ? Task.FromResult(false)
            : Add(awaited, arrived, timeoutMilliseconds, cancellation);
    }

    private static Task<bool> Add(IOneOfSeveral awaited, uint arrived, long timeoutMilliseconds, CancellationToken cancellation)
    {
        Futex.RequireSleepOnSeveral("Waiting without a thread", "Wait with a thread instead.");
        var wait = new AsyncWait(arrived, Patience.DeadlineIn(timeoutMilliseconds));
        AsyncWaits sleeper;
        lock (Gate)
        {
            sleeper = Sleepers.Find(s => s._waits.ContainsKey(awaited)) ?? Sleepers.Find(s => s._waits.Count < MaximumObjects) ?? Started();
            sleeper.AddHeld(awaited, wait);
        }

        if (cancellation.CanBeCanceled)
        {
            wait.CancelWith(cancellation, sleeper.Tell);
        }

        return wait.Task;
    }

    private static AsyncWaits Started()
    {
        var sleeper = new AsyncWaits();
        Sleepers.Add(sleeper);
        return sleeper;
    }

    private void AddHeld(IOneOfSeveral awaited, AsyncWait wait)
    {
        bool isNew = !_waits.TryGetValue(awaited, out LinkedList<AsyncWait>? waits);
        if (isNew)
        {
            _waits[awaited] = waits = [];
        }

        waits!.AddLast(wait);
        if (isNew || (wait.Deadline >= 0 && (_sleepsUntil < 0 || wait.Deadline < _sleepsUntil)))
        {
            TellHeld();
        }
    }

    private void Tell()
    {
        lock (Gate)
        {
            TellHeld();
        }
    }

    /// <summary>SYNC POINT with Run, which reads the word with the lock held and sleeps only while it is the same.</summary>
    private void TellHeld()
    {
        (*_news)++;
        _ = Futex.Wake(_news, 1);
    }

    private void Run()
    {
        var places = new Futex.SleptOn[Futex.MostSleptOn];
        List<IOneOfSeveral> idle = [];
        while (true)
        {
            int count = 0;
            lock (Gate)
            {
                places[count++] = new Futex.SleptOn(_news, *_news);
                long now = Stopwatch.GetTimestamp();
                _sleepsUntil = -1;
                foreach ((IOneOfSeveral awaited, LinkedList<AsyncWait> waits) in _waits)
                {
                    while (Serve(awaited, waits, now) && !awaited.TryPrepareSleep(waits.First!.Value.Arrived, out places[count]))
                    {
                        // It was given meanwhile, or changed: look again.
                    }

                    if (waits.Count == 0)
                    {
                        idle.Add(awaited);
                    }
                    else
                    {
                        count++;
                    }
                }

                idle.ForEach(awaited => _waits.Remove(awaited));
                idle.Clear();
            }

            _ = Futex.Wait(places.AsSpan(0, count), _sleepsUntil);
        }
    }

    /// <summary>Gives what is there to those who came first, and drops who waits no more. True while somebody waits for it.</summary>
    private bool Serve(IOneOfSeveral awaited, LinkedList<AsyncWait> waits, long now)
    {
        for (LinkedListNode<AsyncWait>? node = waits.First, next; node is not null; node = next)
        {
            next = node.Next;
            AsyncWait wait = node.Value;
            if (wait.IsOver || Take(awaited, wait) || (wait.Deadline >= 0 && wait.Deadline <= now && wait.TryEnd(AsyncWait.End.TimedOut)))
            {
                waits.Remove(node);
            }
            else if (wait.Deadline >= 0 && (_sleepsUntil < 0 || wait.Deadline < _sleepsUntil))
            {
                _sleepsUntil = wait.Deadline;
            }
        }

        return waits.Count > 0;
    }

    /// <summary>What was taken for a wait that was cancelled at this moment goes back.</summary>
    private static bool Take(IOneOfSeveral awaited, AsyncWait wait)
    {
        if (!awaited.IsThere(wait.Arrived))
        {
            return false;
        }

        WaitResult taken = awaited.TryTake(wait.Arrived);
        if (taken == WaitResult.TimedOut)
        {
            return false;
        }

        if (!wait.TryEnd(AsyncWait.End.Taken))
        {
            awaited.GiveBack(taken);
        }

        return true;
    }
}
