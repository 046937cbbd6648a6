using System.Runtime.InteropServices;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Objects;

/// <summary>
/// The first bytes of an object in a view; docs/format.md draws them, and what the system has behind. Anybody who maps the section can have
/// written them: whoever opens the object checks them all.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct InViewHeader
{
    /// <summary>A reader refuses any other.</summary>
    public const ushort CurrentVersion = 1;

    /// <summary>Written last, taken away first: a creator who is killed in between leaves no object.</summary>
    [FieldOffset(0)] public ulong Magic;
    [FieldOffset(8)] public ushort Version;

    /// <summary>A <see cref="NamedObjectKind"/>.</summary>
    [FieldOffset(10)] public ushort Kind;

    /// <summary>A semaphore's maximum; of an event 1 when it is reset by hand, else 0; of a mutex 0.</summary>
    [FieldOffset(12)] public int Parameter;

    public static void Withdraw(InViewHeader* header) => Volatile.Write(ref header->Magic, 0);

    /// <summary>Once everything behind it is written. Processors of x64 show stores in their order, and the compiler keeps to it here.</summary>
    public static void Publish(InViewHeader* header, ulong magic, NamedObjectKind kind, int parameter)
    {
        header->Version = CurrentVersion;
        header->Kind = (ushort)kind;
        header->Parameter = parameter;
        Volatile.Write(ref header->Magic, magic);
    }

    /// <summary>False when there is no object.</summary>
    /// <exception cref="InvalidDataException">Another version's (1306), or damaged (1392).</exception>
    /// <exception cref="IOException">Another kind (6).</exception>
    public static bool TryRead(InViewHeader* header, ulong magic, NamedObjectKind kind, out int parameter)
    {
        parameter = 0;
        if (Volatile.Read(ref header->Magic) != magic)
        {
            return false;
        }

        InViewHeader read = *header;
        if (read.Version != CurrentVersion)
        {
            Errors.Throw(ERROR_REVISION_MISMATCH, $"The object in the view has layout version {read.Version}; this library knows version {CurrentVersion}. Let all processes use the same version.");
        }

        if (read.Kind != (ushort)kind)
        {
            Errors.Throw(ERROR_INVALID_HANDLE, $"What lies there in the view is a {(NamedObjectKind)read.Kind}, not a {kind}.");
        }

        bool isSound = kind switch
        {
            NamedObjectKind.Semaphore => read.Parameter >= 1,
            NamedObjectKind.Event => read.Parameter is 0 or 1,
            _ => read.Parameter == 0,
        };
        parameter = read.Parameter;
        return isSound ? true : throw Errors.Of(ERROR_FILE_CORRUPT, $"The {kind} in the view is damaged: its parameter, {parameter}, is none. Create it anew when no process uses it any more.");
    }
}
