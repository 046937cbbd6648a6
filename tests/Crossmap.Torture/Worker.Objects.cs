namespace Crossmap.Torture;

/// <summary>Handles, views and what is written through them.</summary>
internal sealed partial class Worker
{
    private void Acquire(int name)
    {
        List<HeldObject> held = _held[name];
        if (held.Count == HandlesPerName)
        {
            return;
        }

        if (held.Count == 0)
        {
            Publish(name, WorkerSlot.Hold.InTransit);
        }

        try
        {
            HeldObject? acquired = _random.Next(100) < 60 ? Create(name) : Open(name, Step.Open);
            if (acquired is not null)
            {
                // A second handle must lead where the first one does.
                Compare(name, acquired, "was opened as");
                held.Add(acquired);
            }
        }
        finally
        {
            Publish(name, held.Count == 0 ? WorkerSlot.Hold.NotHeld : held[0].Identity);
        }
    }

    private HeldObject Create(int name)
    {
        Enter(Step.Create, name);
        long before = Volatile.Read(ref _control.Shared.LastIdentity);
        HeldObject created = name switch
        {
            Names.Semaphore => Inspected(name, HeldSemaphore.Create(NameOf(name), _random)),
            Names.File => Mapped(name, FileMapping.Create(_folder.DataFile(_random.Next(Names.DataFiles)), NameOf(name)), before),
            _ => Mapped(name, FileMapping.CreateInMemory(Names.MemorySize, NameOf(name)), before),
        };
        if (created.CreatedNew)
        {
            Slot.Created++;
        }

        return created;
    }

    private HeldObject? Open(int name, Step step)
    {
        Enter(step, name);
        if (name == Names.Semaphore)
        {
            return HeldSemaphore.TryOpen(NameOf(name)) is { } semaphore ? Inspected(name, semaphore) : null;
        }

        long before = Volatile.Read(ref _control.Shared.LastIdentity);
        return FileMapping.TryOpen(NameOf(name), out FileMapping? mapping) ? Mapped(name, mapping, before) : null;
    }

    private HeldMapping Mapped(int name, FileMapping mapping, long before)
    {
        Enter(Step.Map, name);
        HeldMapping held = HeldMapping.Of(mapping, _control, before, out string? wrong);
        if (wrong is not null)
        {
            Violation($"'{NameOf(name)}': {wrong}");
        }

        return held;
    }

    private HeldSemaphore Inspected(int name, HeldSemaphore held)
    {
        if (held.Inspect() is { } wrong)
        {
            Violation($"'{NameOf(name)}': {wrong}");
        }

        return held;
    }

    /// <summary>While a handle is held its name leads to its object.</summary>
    private void Check(int name)
    {
        List<HeldObject> held = _held[name];
        if (held.Count == 0)
        {
            return;
        }

        using HeldObject? found = Open(name, Step.Check);
        Slot.Checks++;
        if (found is null)
        {
            Violation($"'{NameOf(name)}' was not found while object {held[0].Identity} was held under it");
            return;
        }

        Compare(name, found, "leads to");
    }

    private void Compare(int name, HeldObject found, string how)
    {
        foreach (HeldObject held in _held[name])
        {
            if (held.Identity != found.Identity)
            {
                Violation($"'{NameOf(name)}' {how} object {found.Identity} while object {held.Identity} is held under it");
            }
        }
    }

    private void Write(int name)
    {
        if (Any(name) is { } held)
        {
            Enter(Step.Write, name);
            _stamps[held.Identity] = ++_nextStamp;
            Stamp.Write(held.View, _index, held.Identity, _nextStamp);
        }
    }

    private void Flush(int name)
    {
        if (Any(name) is not { } held)
        {
            return;
        }

        Enter(Step.Flush, name);
        held.View.Flush(Stamp.OffsetOf(_index), Stamp.Length);
        if (name != Names.File || !_stamps.TryGetValue(held.Identity, out long number))
        {
            return;
        }

        using FileStream file = File.OpenRead(_folder.DataFile((int)held.Identity - 1));
        byte[] bytes = new byte[Stamp.Length];
        file.Position = Stamp.OffsetOf(_index);
        file.ReadExactly(bytes);
        if (!Stamp.Holds(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(bytes), held.Identity, number))
        {
            Violation($"file {held.Identity} does not hold what was written and flushed through a view of it");
        }

        if (_mayAskForMappedFiles && !MappedFiles.IsMapped(_folder.DataFile((int)held.Identity - 1)))
        {
            Violation($"file {held.Identity} is said not to be mapped while a view of it is held");
        }
    }

    private void Release(int name)
    {
        if (_held[name].Count > 0)
        {
            Close(name, keepView: _random.Next(4) == 0);
        }
    }

    private void Close(int name, bool keepView)
    {
        List<HeldObject> held = _held[name];
        int which = _random.Next(held.Count);
        HeldObject closed = held[which];
        held.RemoveAt(which);
        if (held.Count == 0)
        {
            Publish(name, WorkerSlot.Hold.InTransit);
        }

        Enter(Step.Close, name);
        if (keepView && closed is HeldMapping mapping && _orphans.Count < MaximumOrphans)
        {
            _orphans.Add(mapping);
            mapping.Mapping.Dispose();
        }
        else
        {
            closed.Dispose();
        }

        if (held.Count == 0)
        {
            Publish(name, WorkerSlot.Hold.NotHeld);
        }
    }

    private void DropOrphan()
    {
        if (_orphans.Count > 0)
        {
            Enter(Step.Unmap, 0);
            _orphans[0].Dispose();
            _orphans.RemoveAt(0);
        }
    }

    /// <summary>Nobody but this worker writes its stamps, so nothing may change them, whoever is killed.</summary>
    private void VerifyStamps(IEnumerable<HeldMapping> mappings)
    {
        foreach (HeldMapping mapping in mappings)
        {
            if (Volatile.Read(ref mapping.View.At<long>(0)) != mapping.Identity)
            {
                Violation($"the identity of object {mapping.Identity} became {mapping.View.At<long>(0)} under its holder");
            }

            if (_stamps.TryGetValue(mapping.Identity, out long number) && !Stamp.Holds(mapping.View, _index, mapping.Identity, number))
            {
                Violation($"what was written into object {mapping.Identity} changed under its holder");
            }
        }
    }

    private HeldMapping? Any(int name)
    {
        List<HeldObject> held = _held[name];
        return held.Count == 0 ? null : held[_random.Next(held.Count)] as HeldMapping;
    }

    /// <summary>Tells the controller what is held. The epoch goes first and last, so that it can tell whether anything moved while it looked.</summary>
    private void Publish(int name, long identity)
    {
        if (name < Names.Count)
        {
            ref WorkerSlot.Hold hold = ref Slot.HoldOf(name);
            Volatile.Write(ref hold.Epoch, hold.Epoch + 1);
            Volatile.Write(ref hold.Identity, identity);
        }
    }
}
