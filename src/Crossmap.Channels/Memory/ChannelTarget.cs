using Crossmap.Objects;

namespace Crossmap.Channels.Memory;

/// <summary>Where a channel lies: in named memory, or in a file.</summary>
internal readonly record struct ChannelTarget
{
    private ChannelTarget(string? name, string? path)
    {
        Name = name;
        Path = path;
    }

    public string? Name { get; }

    public string? Path { get; }

    public static ChannelTarget Memory(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ChannelTarget(name, path: null);
    }

    public static ChannelTarget File(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new ChannelTarget(name: null, System.IO.Path.GetFullPath(path));
    }

    public override string ToString() => Name is not null ? $"the channel '{Name}'" : $"the channel in '{Path}'";

    /// <summary>The section, if there is one, to be looked at and not changed.</summary>
    public FileMapping? OpenToRead() => Path is not null
        ? System.IO.File.Exists(Path) && new FileInfo(Path).Length > 0 ? FileMapping.Create(Path, name: null, PageProtection.ReadOnly) : null
        : FileMapping.TryOpen(Name!, out FileMapping? found, MappingRights.MapRead) ? found : null;

    /// <summary>The section, if there is one; made if a size is given. One over a file has no name: whoever has the file mapped meets there.</summary>
    public FileMapping? Open(long size, bool mustBeNew, ObjectAudience audience)
    {
        if (Name is not null)
        {
            if (size == 0)
            {
                return FileMapping.TryOpen(Name, out FileMapping? found) ? found : null;
            }

            return FileMapping.CreateInMemory(size, Name, PageProtection.ReadWrite, new FileMappingOptions { Audience = audience, MustBeNew = mustBeNew });
        }

        var file = new FileInfo(Path!);
        if (size == 0 && !file.Exists)
        {
            return null;
        }

        if (mustBeNew && file is { Exists: true, Length: > 0 })
        {
            Errors.Throw(Win32Error.ERROR_ALREADY_EXISTS, $"The file '{Path}' exists already.");
        }

        using (new FileStream(Path!, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        {
            // Only to be there.
        }

        file.Refresh();
        return FileMapping.Create(Path!, name: null, PageProtection.ReadWrite, file.Length == 0 ? size : 0);
    }
}
