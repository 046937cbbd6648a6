namespace Crossmap.Torture;

/// <summary>Deeds with a section, and with the folder of all objects.</summary>
internal static class SectionDeeds
{
    /// <summary>What the deed needs and is not itself under the tracer's knife.</summary>
    public static IDisposable? Prepare(Deed deed, string name) => deed == Deed.Close ? FileMapping.CreateInMemory(Names.MemorySize, name) : null;

    public static IDisposable? Act(Deed deed, RunFolder folder, string name, IDisposable? prepared)
    {
        switch (deed)
        {
            case Deed.Create or Deed.FirstUse:
                return FileMapping.CreateInMemory(Names.MemorySize, name);
            case Deed.Open:
                return FileMapping.TryOpen(name, out FileMapping? opened) ? opened : null;
            case Deed.Close:
                prepared!.Dispose();
                return null;
            case Deed.MapFile:
                using (FileMapping mapping = FileMapping.Create(folder.DataFile(0), name))
                using (MappedView view = mapping.MapView())
                {
                    view.At<long>(Names.MemorySize - sizeof(long))++;
                    view.Flush();
                }

                return null;
            default:
                _ = NamedObjects.Sweep();
                return null;
        }
    }
}
