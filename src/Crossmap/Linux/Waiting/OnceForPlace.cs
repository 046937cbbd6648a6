namespace Crossmap.Linux;

/// <summary>What this process has once for a place in a file, as long as somebody has it. Thread safe.</summary>
internal sealed class OnceForPlace<T>
    where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<FilePlace, WeakReference<T>> _known = [];

    public T? Find(in FilePlace place)
    {
        lock (_gate)
        {
            return _known.TryGetValue(place, out WeakReference<T>? known) && known.TryGetTarget(out T? found) ? found : null;
        }
    }

    public T Of(in FilePlace place, Func<FilePlace, T> make)
    {
        lock (_gate)
        {
            T? found = Find(in place);
            if (found is null)
            {
                found = make(place);
                _known[place] = new WeakReference<T>(found);
            }

            return found;
        }
    }

    /// <summary>For the finalizer of the one that was there: it may have a successor.</summary>
    public void Forget(in FilePlace place)
    {
        lock (_gate)
        {
            if (_known.TryGetValue(place, out WeakReference<T>? known) && !known.TryGetTarget(out _))
            {
                _known.Remove(place);
            }
        }
    }
}
