using Crossmap.Objects;

namespace Crossmap;

/// <summary>The namespace of objects as a whole: what exists, and what killed processes left. Thread safe.</summary>
public static class NamedObjects
{
    /// <summary>The live objects whose names the caller may see, in ordinal order of name. Objects that cannot be read are left out.</summary>
    /// <exception cref="PlatformNotSupportedException">On Windows below what lists its object directory.</exception>
    public static IReadOnlyList<NamedObjectInfo> List() => ObjectSystem.Current.List();

    /// <summary>What is known of the object of that name, or null when there is none.</summary>
    /// <param name="name">The name as it would be opened.</param>
    /// <exception cref="UnauthorizedAccessException">The object exists and the caller may not look into it (5).</exception>
    public static NamedObjectInfo? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ObjectSystem.Current.Find(ObjectName.Parse(name));
    }

    /// <summary>
    /// Removes what killed processes left, in <c>Local\</c> and, where the caller may, in <c>Global\</c>. Never needed for correctness:
    /// a leftover is also removed when its name is used. On Windows there are none.
    /// </summary>
    /// <returns>The names of what was removed; a file that was no object is named by its file name.</returns>
    public static IReadOnlyList<string> Sweep() => ObjectSystem.Current.Sweep();

    /// <summary>
    /// Makes the folder of <c>Global\</c> for a group. Linux only, as root. Does nothing but check when it is there already.
    /// </summary>
    /// <param name="group">A group's name or number.</param>
    /// <returns>The folder's path.</returns>
    /// <exception cref="UnauthorizedAccessException">The caller is not root (5).</exception>
    /// <exception cref="ArgumentException">No such group (1319).</exception>
    /// <exception cref="PlatformNotSupportedException">On Windows, which needs none.</exception>
    public static string SetUpGlobal(string group)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        return ObjectSystem.Current.SetUpGlobal(group);
    }
}
