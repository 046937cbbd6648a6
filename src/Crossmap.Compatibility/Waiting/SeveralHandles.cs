using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Framework = System.Threading.WaitHandle;

namespace Crossmap.Compatibility.Waiting;

/// <summary>Waits on Linux for several handles, of which at least one is a named object's. The others are the framework's to wait for.</summary>
internal static class SeveralHandles
{
    private const string AbandonedText = "The thread that owned the mutex ended without releasing it. It is now the caller's: what it guards may be half changed.";

    /// <summary>Waits for any: what it takes, the calling thread takes, and nothing else.</summary>
    /// <returns>The lowest index of those that were there; <see cref="Framework.WaitTimeout"/> when the time passed first.</returns>
    public static int WaitAny(Framework[] handles, int millisecondsTimeout)
    {
        Check(handles, mayRepeat: true);
        var time = new Remaining(millisecondsTimeout);
        WaitableObject[] named = NamedOf(handles, out int[] places);
        if (named.Length == handles.Length)
        {
            return WaitNamed(named, places, time.Left, CancellationToken.None);
        }

        // In the order of the handles, as the kernel looks for them; what is there needs no other thread.
        Framework? abandoned = null;
        int taken = TryEach(handles, abandoned);
        if (taken >= 0 || time.IsOver)
        {
            return taken >= 0 ? taken : Framework.WaitTimeout;
        }

        Framework[] others = [.. handles.Where(h => WaitHandle.NamedOf(h) is null)];
        while (true)
        {
            // Somebody watches the others meanwhile, and takes nothing from them; when one of them is there, all are asked again.
            using Watch watch = Watcher.Begin(others);
            try
            {
                return WaitNamed(named, places, time.Left, watch.Seen);
            }
            catch (OperationCanceledException)
            {
                watch.End();
                abandoned = watch.Abandoned ?? abandoned;
            }

            taken = TryEach(handles, abandoned);
            if (taken >= 0 || time.IsOver)
            {
                return taken >= 0 ? taken : Framework.WaitTimeout;
            }

            if (watch.Failure is { } failure)
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        }
    }

    /// <summary>Waits for all, and takes all or nothing; others may see one taken for a moment.</summary>
    public static bool WaitAll(Framework[] handles, int millisecondsTimeout)
    {
        Check(handles, mayRepeat: false);
        var time = new Remaining(millisecondsTimeout);
        WaitableObject[] named = NamedOf(handles, out _);
        if (named.Length == handles.Length)
        {
            return WaitableObject.WaitAll(named, time.Left);
        }

        // One that was not there is slept for, with nothing in hand. It is taken then, and the others are tried.
        bool abandoned = false;
        int awaited = -1;
        do
        {
            if (awaited >= 0 && !Take(handles[awaited], time.Left, ref abandoned))
            {
                return false;
            }

            int missing = TakeOthers(handles, awaited, ref abandoned);
            if (missing < 0)
            {
                return abandoned ? throw new AbandonedMutexException(AbandonedText) : true;
            }

            awaited = missing;
        }
        while (!time.IsOver);

        return false;
    }

    /// <returns>The one that was not there, and then all was given back; -1 when all were taken.</returns>
    private static int TakeOthers(Framework[] handles, int held, ref bool abandoned)
    {
        for (int i = 0; i < handles.Length; i++)
        {
            if (i == held || Take(handles[i], TimeSpan.Zero, ref abandoned))
            {
                continue;
            }

            for (int back = handles.Length - 1; back >= 0; back--)
            {
                if (back == held || back < i)
                {
                    Signals.GiveBack(handles[back]);
                }
            }

            return i;
        }

        return -1;
    }

    private static bool Take(Framework handle, TimeSpan timeout, ref bool abandoned)
    {
        try
        {
            return handle.WaitOne(timeout);
        }
        catch (AbandonedMutexException)
        {
            abandoned = true;
            return true;
        }
    }

    private static int WaitNamed(WaitableObject[] named, int[] places, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            int index = WaitableObject.WaitAny(named, timeout, cancellation);
            return index == Framework.WaitTimeout ? index : places[index];
        }
        catch (AbandonedMutexException e)
        {
            throw new AbandonedMutexException(e.Message, e, places[e.MutexIndex], handle: null);
        }
    }

    /// <param name="handles">Asked in their order.</param>
    /// <param name="abandoned">A mutex whose abandonment was seen by somebody who did not keep it.</param>
    private static int TryEach(Framework[] handles, Framework? abandoned)
    {
        for (int i = 0; i < handles.Length; i++)
        {
            bool wasAbandoned = false;
            if (Take(handles[i], TimeSpan.Zero, ref wasAbandoned))
            {
                return !wasAbandoned && handles[i] != abandoned ? i : throw Abandoned(i, handles[i]);
            }
        }

        return -1;
    }

    /// <summary>The exception knows mutexes of the framework's only.</summary>
    public static AbandonedMutexException Abandoned(int index, Framework handle) => new(AbandonedText, index, (handle as Mutex)?.OwnIfAny ?? handle);

    private static WaitableObject[] NamedOf(Framework[] handles, out int[] places)
    {
        List<WaitableObject> named = new(handles.Length);
        List<int> at = new(handles.Length);
        for (int i = 0; i < handles.Length; i++)
        {
            if (WaitHandle.NamedOf(handles[i]) is { } one)
            {
                named.Add(one);
                at.Add(i);
            }
        }

        places = [.. at];
        return [.. named];
    }

    private static void Check(Framework[] waitHandles, bool mayRepeat)
    {
        if (waitHandles.Length > WaitableObject.MaximumWaitObjects)
        {
            throw new NotSupportedException($"A wait is for at most {WaitableObject.MaximumWaitObjects} handles, not for {waitHandles.Length}.");
        }

        for (int i = 0; i < waitHandles.Length; i++)
        {
            if (waitHandles[i] is null)
            {
                throw new ArgumentNullException($"{nameof(waitHandles)}[{i}]", "A handle to wait for is null.");
            }

            if (!mayRepeat && Array.IndexOf(waitHandles, waitHandles[i], 0, i) >= 0)
            {
                throw new DuplicateWaitObjectException($"{nameof(waitHandles)}[{i}]");
            }
        }
    }

    /// <summary>What is left of a wait's time, by the monotonic clock.</summary>
    private readonly struct Remaining(int milliseconds)
    {
        private readonly long _begin = Stopwatch.GetTimestamp();

        public bool IsOver => Left == TimeSpan.Zero;

        public TimeSpan Left
        {
            get
            {
                if (milliseconds < 0)
                {
                    return Timeout.InfiniteTimeSpan;
                }

                TimeSpan left = TimeSpan.FromMilliseconds(milliseconds) - Stopwatch.GetElapsedTime(_begin);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }
}
