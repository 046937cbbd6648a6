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
        Deed.CreateMutex or Deed.CreateOwnedMutex or Deed.OpenMutex or Deed.WaitMutex or Deed.ReleaseMutex or Deed.CloseOwnedMutex or Deed.WaitAnyForMutex or
            Deed.WaitAnyForSecondMutex => Awaited.Kind.Mutex,
        Deed.CreateEvent or Deed.OpenEvent or Deed.WaitEvent or Deed.SetEvent or Deed.PulseEvent or Deed.WaitAnyForEvent => Awaited.Kind.Event,
        Deed.WaitManualEvent or Deed.SetManualEvent or Deed.PulseManualEvent => Awaited.Kind.ManualEvent,
        _ => null,
    };

    /// <summary>Whether it sleeps until something is given.</summary>
    public static bool Sleeps(Deed deed) =>
        deed is Deed.WaitSemaphore or Deed.WaitMutex or Deed.WaitEvent or Deed.WaitManualEvent || IsForSeveral(deed);

    public static bool Creates(Deed deed) => deed is Deed.CreateMutex or Deed.CreateOwnedMutex or Deed.CreateEvent;

    /// <summary>What it waits for too, each with its name, and what is not given.</summary>
    public static IEnumerable<(Awaited.Kind Kind, string Name)> OthersOf(Deed deed, string name) => AllOf(deed, name).Where(one => one.Name != name);

    /// <summary>All names that the deed has to do with.</summary>
    public static IEnumerable<string> NamesOf(Deed deed, string name) => [name, .. OthersOf(deed, name).Select(other => other.Name)];

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
                PlacedObject owned = PlacedObject.Open(Awaited.Kind.Mutex, name, place);
                ((NamedMutex)owned.Object).Wait();
                return owned;
            case Deed.WaitSemaphore or Deed.ReleaseSemaphore or Deed.WaitMutex or
                Deed.WaitEvent or Deed.WaitManualEvent or Deed.SetEvent or Deed.SetManualEvent or Deed.PulseEvent or Deed.PulseManualEvent:
                return PlacedObject.Open(KindOf(deed)!.Value, name, place);
            case Deed.CreateMutex or Deed.CreateOwnedMutex or Deed.CreateEvent or Deed.OpenMutex or Deed.OpenEvent when place == Place.View:
                return HeldView.Open(name);
            default:
                return IsForSeveral(deed) ? new ObjectsOfOneWait([.. AllOf(deed, name).Select(one => PlacedObject.Open(one.Kind, one.Name, place))]) : null;
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
            case Deed.WaitAnyForEvent or Deed.WaitAnyForSemaphore or Deed.WaitAnyForMutex or Deed.WaitAnyForSecondMutex:
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

    private static bool IsForSeveral(Deed deed) =>
        deed is Deed.WaitAnyForEvent or Deed.WaitAnyForSemaphore or Deed.WaitAnyForMutex or Deed.WaitAnyForSecondMutex;

    /// <summary>What it waits for, by index. The script's own name is that of what is given.</summary>
    private static (Awaited.Kind Kind, string Name)[] AllOf(Deed deed, string name) =>
        !IsForSeveral(deed) ? []
        : deed == Deed.WaitAnyForSecondMutex ? [(Awaited.Kind.Mutex, $"{name}-first"), (Awaited.Kind.Mutex, name)]
        : [.. Several.Select(kind => (kind, kind == KindOf(deed) ? name : $"{name}-{kind}"))];

    private sealed class ObjectsOfOneWait(PlacedObject[] placed) : IDisposable
    {
        public WaitableObject[] Objects { get; } = [.. placed.Select(one => one.Object)];

        public void Dispose() => Array.ForEach(placed, one => one.Dispose());
    }
}
