using Crossmap.Objects;

namespace Crossmap.Torture;

/// <summary>What the controller, which holds nothing but the gate, sees of the names and of the folder.</summary>
internal sealed class StoreInspection(RunFolder folder, ViolationLog violations, Action? whileBusy = null)
{
    public long Looks { get; private set; }

    /// <summary>The object that the name leads to, or null when it leads nowhere.</summary>
    public long? IdentityOf(int name)
    {
        Looks++;
        return Patiently(() =>
        {
            if (name == Names.Semaphore)
            {
                using HeldSemaphore? semaphore = HeldSemaphore.TryOpen(Names.Of(name));
                return semaphore?.Identity;
            }

            if (!FileMapping.TryOpen(Names.Of(name), out FileMapping? mapping))
            {
                return (long?)null;
            }

            using (mapping)
            using (MappedView view = mapping.MapView(ViewAccess.Read))
            {
                // Read only: whoever made it gives it its identity.
                return Volatile.Read(ref view.At<long>(0));
            }
        });
    }

    /// <summary>Nobody holds the name: it leads nowhere, and who asks for it gets a new, zeroed object at once, which is gone with its handle.</summary>
    public void NameIsFree(string name, string because)
    {
        Looks++;
        if (Exists(name))
        {
            violations.Add($"'{name}' still exists: {because}");
        }

        using (FileMapping made = Patiently(() => FileMapping.CreateInMemory(Names.MemorySize, name)))
        using (MappedView view = made.MapView())
        {
            if (!made.CreatedNew)
            {
                violations.Add($"'{name}' could not be made anew: {because}");
            }
            else if (view.AsSpan().IndexOfAnyExcept((byte)0) is >= 0 and int at)
            {
                violations.Add($"'{name}' made anew is not zeroed at byte {at}: {because}");
            }

            if (!Exists(name))
            {
                violations.Add($"'{name}' made anew is not found: {because}");
            }
        }

        if (Exists(name))
        {
            violations.Add($"'{name}' made anew outlives its handle: {because}");
        }
    }

    /// <summary>Nobody holds anything: no name leads anywhere, no file is mapped, and after a sweep no object file is left.</summary>
    public void NothingIsLeft(string when, bool gateIsHeld)
    {
        for (int name = 0; name < Names.Count; name++)
        {
            if (Names.IsUsable(name) && IdentityOf(name) is { } identity)
            {
                violations.Add($"{when} '{Names.Of(name)}' still leads to object {identity}");
            }
        }

        for (int file = 0; file < Names.DataFiles; file++)
        {
            if (File.Exists(folder.DataFile(file)) && MappedFiles.IsMapped(folder.DataFile(file)))
            {
                violations.Add($"{when} file {file} is still said to be mapped");
            }
        }

        AfterSweepOnlyRemain(gateIsHeld ? [Names.Gate] : [], when);
    }

    public void AfterSweepOnlyRemain(string[] names, string when)
    {
        _ = NamedObjects.Sweep();
        string[] left = [.. ObjectFiles().Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        if (!left.SequenceEqual(names.Order(StringComparer.Ordinal)))
        {
            violations.Add($"{when}, after a sweep, the folder holds [{string.Join(", ", left)}] and must hold [{string.Join(", ", names)}]");
        }
    }

    /// <summary>All files but the one that carries the locks of <c>Global\</c>.</summary>
    public IEnumerable<string> ObjectFiles() =>
        Directory.EnumerateFiles(folder.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Where(path => Path.GetFileName(path) != ".locks");

    private bool Exists(string name) => Patiently(() =>
    {
        bool exists = FileMapping.TryOpen(name, out FileMapping? mapping);
        mapping?.Dispose();
        return exists;
    });

    /// <summary>A stopped worker may sit on a lock in the middle of a burial, and then the answer is 33 until he goes on; the killer lets him.</summary>
    private T Patiently<T>(Func<T> look)
    {
        while (true)
        {
            try
            {
                return look();
            }
            catch (IOException e) when (Errors.CodeOf(e) == Win32Error.ERROR_LOCK_VIOLATION)
            {
                whileBusy?.Invoke();
                Thread.Sleep(1);
            }
        }
    }
}
