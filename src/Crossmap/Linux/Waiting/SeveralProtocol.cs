using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>Waiting for several objects: for any of them, or for all.</summary>
/// <remarks>
/// A sleeper of several objects hands nothing on: at semaphores and events each change wakes all while he sleeps (<see cref="WaitProtocol"/>).
/// A mutex is also given up by the kernel, when its owner dies, and that wakes one alone: for a mutex the sleeper is armed as any other, and
/// a thread can be armed for one word.
/// </remarks>
internal static class SeveralProtocol
{
    /// <summary>Takes the first that is there, by one look at each.</summary>
    /// <param name="objects">Which.</param>
    /// <param name="arrived">Of each, for <see cref="WaitForAny"/>.</param>
    /// <param name="result">Whether what was taken was abandoned.</param>
    /// <returns>Its index; -1 when none is there.</returns>
    public static int TryTakeAny<TObjects>(ref TObjects objects, scoped Span<uint> arrived, out WaitResult result)
        where TObjects : struct, ISeveralObjects, allows ref struct
    {
        for (int i = 0; i < arrived.Length; i++)
        {
            if (objects.Look(i, out arrived[i]))
            {
                result = objects.TryTake(i, arrived[i]);
                if (result != WaitResult.TimedOut)
                {
                    return i;
                }
            }
        }

        result = WaitResult.TimedOut;
        return -1;
    }

    /// <summary>Takes the first that is there, sleeping for all of them.</summary>
    /// <returns>Its index; -1 when none was taken, and <paramref name="end"/> tells why.</returns>
    public static int WaitForAny<TObjects>(ref TObjects objects, scoped ReadOnlySpan<uint> arrived, out WaitResult result, out SleepEnd end)
        where TObjects : struct, ISeveralObjects, allows ref struct
    {
        // SYNC POINT with the mutex's release, and with the kernel at this thread's death: armed before the first sleep and until what is not
        // taken is handed on. The kernel may choose the sleeper at the mutex when he is awake already for another of his objects.
        objects.Arm(objects.Mutex);
        try
        {
            end = SleepEnd.LookAgain;
            while (true)
            {
                for (int i = 0; i < arrived.Length && end != SleepEnd.Cancelled; i++)
                {
                    result = objects.TryTake(i, arrived[i]);
                    if (result != WaitResult.TimedOut)
                    {
                        return i;
                    }
                }

                if (end != SleepEnd.LookAgain)
                {
                    result = WaitResult.TimedOut;
                    return -1;
                }

                if (objects.Spin())
                {
                    continue;
                }

                bool ready = true;
                for (int i = 0; i < arrived.Length && ready; i++)
                {
                    ready = objects.TryPrepareSleep(i, arrived[i]);
                }

                if (ready)
                {
                    end = objects.SleepOnAll();
                }
            }
        }
        finally
        {
            objects.HandOn();
        }
    }

    /// <summary>Takes all or nothing, sleeping for what is missing.</summary>
    /// <param name="objects">Which.</param>
    /// <param name="arrived">Room for one of each.</param>
    /// <param name="taken">The same.</param>
    /// <returns>Whether one of those that were taken was abandoned, or that the time passed first.</returns>
    public static WaitResult WaitForAll<TObjects>(ref TObjects objects, scoped Span<uint> arrived, scoped Span<WaitResult> taken)
        where TObjects : struct, ISeveralObjects, allows ref struct
    {
        int sleptOn = -1;
        SleepEnd end = SleepEnd.LookAgain;
        while (true)
        {
            // Who was satisfied while we slept for him stays so for this look, whatever was done to him since.
            int missing = -1;
            for (int i = 0; i < arrived.Length && missing < 0; i++)
            {
                missing = (i == sleptOn ? objects.IsThere(i, arrived[i]) : objects.Look(i, out arrived[i])) ? -1 : i;
            }

            sleptOn = -1;
            if (missing < 0)
            {
                if (TryTakeAll(ref objects, arrived, taken, out WaitResult result))
                {
                    return result;
                }

                objects.Yield();
            }

            if (end == SleepEnd.TimedOut || objects.IsOver)
            {
                return WaitResult.TimedOut;
            }

            if (missing < 0 || objects.Spin())
            {
                continue;
            }

            // Asleep for the first that is missing, and only for it: what the others do meanwhile matters to nobody here.
            objects.Arm(missing);
            try
            {
                if (objects.TryPrepareSleep(missing, arrived[missing]))
                {
                    sleptOn = missing;
                    end = objects.Sleep(missing);
                }
            }
            finally
            {
                objects.HandOn();
            }
        }
    }

    private static bool TryTakeAll<TObjects>(ref TObjects objects, scoped ReadOnlySpan<uint> arrived, scoped Span<WaitResult> taken, out WaitResult result)
        where TObjects : struct, ISeveralObjects, allows ref struct
    {
        result = WaitResult.Signaled;
        int count = 0;
        try
        {
            for (; count < arrived.Length; count++)
            {
                taken[count] = objects.TryTake(count, arrived[count]);
                if (taken[count] == WaitResult.TimedOut)
                {
                    return false;
                }

                result = taken[count] == WaitResult.Abandoned ? WaitResult.Abandoned : result;
            }

            return true;
        }
        finally
        {
            // Somebody else was faster at one, or the thread can own no more: what it has is not its then, and wakes whoever waits for it.
            for (int i = count - 1; i >= 0 && count < arrived.Length; i--)
            {
                objects.GiveBack(i, taken[i]);
            }
        }
    }
}
