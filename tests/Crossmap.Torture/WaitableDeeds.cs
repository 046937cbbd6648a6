namespace Crossmap.Torture;

/// <summary>Deeds with what can be waited for: semaphores, mutexes, events, and several of them.</summary>
internal static class WaitableDeeds
{
    /// <summary>What a wait for any waits for, by index.</summary>
    private static readonly Awaited.Kind[] Several = [Awaited.Kind.Event, Awaited.Kind.Semaphore, Awaited.Kind.Mutex];

    /// <summary>What the deed is done to; null: a section, or the folder.</summary>
    public static Awaited.Kind? KindOf(Deed deed) => deed switch
    {
        Deed.UseSemaphore or Deed.WaitSemaphore or Deed.ReleaseSemaphore or Deed.WaitAnyForSemaphore => Awaited.Kind.Semaphore,
        Deed.CreateMutex or Deed.CreateOwnedMutex or Deed.OpenMutex or Deed.WaitMutex or Deed.ReleaseMutex or Deed.CloseOwnedMutex or Deed.WaitAnyForMutex => Awaited.Kind.Mutex,
        Deed.CreateEvent or Deed.OpenEvent or Deed.WaitEvent or Deed.SetEvent or Deed.PulseEvent or Deed.WaitAnyForEvent => Awaited.Kind.Event,
        Deed.WaitManualEvent or Deed.SetManualEvent or Deed.PulseManualEvent => Awaited.Kind.ManualEvent,
        _ => null,
    };

    /// <summary>Whether it sleeps until something is given.</summary>
    public static bool Sleeps(Deed deed) =>
        deed is Deed.WaitSemaphore or Deed.WaitMutex or Deed.WaitEvent or Deed.WaitManualEvent || IsForSeveral(deed);

    public static bool Creates(Deed deed) => deed is Deed.CreateMutex or Deed.CreateOwnedMutex or Deed.CreateEvent;

    public static Awaited.Kind[] OthersOf(Deed deed) => IsForSeveral(deed) ? [.. Several.Where(kind => kind != KindOf(deed))] : [];

    /// <summary>Of the object of that kind: the script's own, or one beside it.</summary>
    public static string NameOf(Deed deed, Awaited.Kind kind, string name) => kind == KindOf(deed) ? name : $"{name}-{kind}";

    /// <summary>All names that the deed has to do with.</summary>
    public static IEnumerable<string> NamesOf(Deed deed, string name) => [name, .. OthersOf(deed).Select(kind => NameOf(deed, kind, name))];

    /// <summary>What the deed needs and is not itself under the tracer's knife.</summary>
    public static IDisposable? Prepare(Deed deed, string name, Place place)
    {
        switch (deed)
        {
            case Deed.ReleaseMutex or Deed.CloseOwnedMutex when place != Place.View:
                NamedMutex mutex = NamedMutex.Create(name);
                mutex.Wait();
                return mutex;
            case Deed.ReleaseMutex or Deed.CloseOwnedMutex:
                PlacedObject owned = Open(Awaited.Kind.Mutex, deed, name, place);
                ((NamedMutex)owned.Object).Wait();
                return owned;
            case Deed.WaitSemaphore or Deed.ReleaseSemaphore or Deed.WaitMutex or
                Deed.WaitEvent or Deed.WaitManualEvent or Deed.SetEvent or Deed.SetManualEvent or Deed.PulseEvent or Deed.PulseManualEvent:
                return Open(KindOf(deed)!.Value, deed, name, place);
            case Deed.CreateMutex or Deed.CreateOwnedMutex or Deed.CreateEvent or Deed.OpenMutex or Deed.OpenEvent when place == Place.View:
                return HeldView.Open(name);
            default:
                return IsForSeveral(deed) ? new ObjectsOfOneWait([.. Several.Select(kind => Open(kind, deed, name, place))]) : null;
        }
    }

    public static IDisposable? Act(Deed deed, string name, IDisposable? prepared)
    {
        switch (deed)
        {
            case Deed.UseSemaphore:
                using (NamedSemaphore semaphore = NamedSemaphore.Create(name, 1, 1))
                {
                    semaphore.Wait();
                    _ = semaphore.Release();
                }

                return null;
            case Deed.CreateMutex or Deed.CreateOwnedMutex or Deed.CreateEvent when prepared is HeldView held:
                return PlacedObject.CreateIn(held.View, KindOf(deed)!.Value, initiallyOwned: deed == Deed.CreateOwnedMutex);
            case Deed.OpenMutex or Deed.OpenEvent when prepared is HeldView held:
                return PlacedObject.TryOpenIn(held.View, KindOf(deed)!.Value);
            case Deed.CreateMutex or Deed.CreateOwnedMutex:
                return NamedMutex.Create(name, initiallyOwned: deed == Deed.CreateOwnedMutex);
            case Deed.OpenMutex:
                return NamedMutex.TryOpen(name, out NamedMutex? mutex) ? mutex : null;
            case Deed.CreateEvent:
                return NamedEvent.Create(name, EventResetMode.AutoReset);
            case Deed.OpenEvent:
                return NamedEvent.TryOpen(name, out NamedEvent? opened) ? opened : null;
            case Deed.CloseOwnedMutex:
                prepared!.Dispose();
                return null;
            case Deed.WaitAnyForEvent or Deed.WaitAnyForSemaphore or Deed.WaitAnyForMutex:
                _ = WaitableObject.WaitAny(((ObjectsOfOneWait)prepared!).Objects);
                return null;
        }

        WaitableObject one = prepared is PlacedObject placed ? placed.Object : (WaitableObject)prepared!;
        switch (deed)
        {
            case Deed.ReleaseSemaphore:
                _ = ((NamedSemaphore)one).Release();
                break;
            case Deed.ReleaseMutex:
                ((NamedMutex)one).Release();
                break;
            case Deed.SetEvent or Deed.SetManualEvent:
                ((NamedEvent)one).Set();
                break;
            case Deed.PulseEvent or Deed.PulseManualEvent:
                ((NamedEvent)one).Pulse();
                break;
            default:
                one.Wait();
                break;
        }

        return null;
    }

    private static bool IsForSeveral(Deed deed) => deed is Deed.WaitAnyForEvent or Deed.WaitAnyForSemaphore or Deed.WaitAnyForMutex;

    private static PlacedObject Open(Awaited.Kind kind, Deed deed, string name, Place place) => PlacedObject.Open(kind, NameOf(deed, kind, name), place);

    private sealed class ObjectsOfOneWait(PlacedObject[] placed) : IDisposable
    {
        public WaitableObject[] Objects { get; } = [.. placed.Select(one => one.Object)];

        public void Dispose() => Array.ForEach(placed, one => one.Dispose());
    }
}
