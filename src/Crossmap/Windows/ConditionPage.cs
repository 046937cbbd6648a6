using System.Runtime.ConstrainedExecution;
using System.Security.Cryptography;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;
using static Crossmap.Windows.Kernel32;

namespace Crossmap.Windows;

/// <summary>
/// What processes share of a condition: a section of the kernel by the condition's name, mapped until this object is collected, so that a wait
/// that races Dispose never faults. Its first word is the condition's mark, the second its generation.
/// </summary>
internal sealed unsafe class ConditionPage : CriticalFinalizerObject
{
    /// <summary>Five pages where one would do: it tells the section from a mapping of the same name before it has its mark.</summary>
    public const uint SectionSize = 5 * 4096;

    public const uint Rights = (uint)(MappingRights.Query | MappingRights.MapRead | MappingRights.MapWrite);

    /// <summary>"COND" in the order of its bytes, in the mark's low half.</summary>
    private const ulong Magic = 0x444E_4F43;

    private const int AudienceShift = 32, IdentityShift = 34;

    private readonly ulong* _words;

    private ConditionPage(ulong* words) => _words = words;

    ~ConditionPage() => _ = UnmapViewOfFile((nint)_words);

    /// <summary>Who may open the condition, and so its events.</summary>
    public ObjectAudience Audience => (ObjectAudience)((Mark >> AudienceShift) & 3);

    /// <summary>Of this condition and, all but certainly, of no other: 32 bits by chance. Two that share them only wake each other's waiters.</summary>
    public ulong Identity => Mark >> AudienceShift;

    public ulong Generation
    {
        get
        {
            ulong generation = Volatile.Read(ref _words[1]);
            GC.KeepAlive(this);
            return generation;
        }
    }

    private ulong Mark => Volatile.Read(ref _words[0]);

    /// <summary>Does nothing when somebody else has done it.</summary>
    public void EndGeneration(ulong generation)
    {
        _ = Interlocked.CompareExchange(ref _words[1], generation + 1, generation);
        GC.KeepAlive(this);
    }

    /// <summary>
    /// The page of a condition's section. Null when the section has no mark yet and no <paramref name="audience"/> is given to make one: its creator
    /// is about to, or died before, and then there is no such condition.
    /// </summary>
    /// <exception cref="IOException">The section is no condition's (6).</exception>
    public static ConditionPage? Of(KernelHandle section, ObjectName name, ObjectAudience? audience, out bool createdNew)
    {
        createdNew = false;
        var words = (ulong*)(SizeOf(section) == SectionSize ? MapViewOfFileEx(section, (uint)(ViewAccess.Read | ViewAccess.Write), 0, 0, 0, 0) : 0);
        if (words is null)
        {
            throw NoCondition(name);
        }

        var page = new ConditionPage(words);
        ulong mark = page.Mark;
        if (mark == 0 && audience is { } chosen)
        {
            // One step: whoever comes meanwhile finds no condition or a whole one.
            ulong own = Magic | ((ulong)chosen << AudienceShift) | ((ulong)RandomNumberGenerator.GetInt32(1 << 30) << IdentityShift);
            mark = Interlocked.CompareExchange(ref words[0], own, 0);
            createdNew = mark == 0;
            mark = createdNew ? own : mark;
        }

        return mark == 0 ? null : (uint)mark == Magic ? page : throw NoCondition(name);
    }

    /// <summary>Whether the section is a condition's, as far as the handle lets look.</summary>
    public static bool IsOne(KernelHandle section)
    {
        nint address = SizeOf(section) == SectionSize ? MapViewOfFileEx(section, (uint)ViewAccess.Read, 0, 0, 0, 0) : 0;
        bool isOne = address != 0 && *(uint*)address == Magic;
        if (address != 0)
        {
            _ = UnmapViewOfFile(address);
        }

        return isOne;
    }

    private static Exception NoCondition(ObjectName name) =>
        WindowsError.Of(ERROR_INVALID_HANDLE, $"The condition {name} cannot be opened");

    private static long SizeOf(KernelHandle section) =>
        Ntdll.NtQuerySection(section, 0, out Ntdll.SectionInformation information, sizeof(Ntdll.SectionInformation), 0) >= 0 ? information.Size : -1;
}
