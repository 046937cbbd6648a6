using Crossmap.Channels.Inspection;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels.Memory;

/// <summary>A channel's section as this process has it mapped: its header, and who is there.</summary>
internal sealed unsafe class ChannelMemory : IDisposable
{
    private readonly FileMapping _section;
    private readonly MappedView _view;
    private readonly bool _hasRemoteBarrier;

    private ChannelMemory(ChannelTarget target, FileMapping section, MappedView view, Places places)
    {
        Target = target;
        _section = section;
        _view = view;
        Places = places;
        Base = (byte*)view.Address;
        using Doorbell bell = OpenDoorbell(&Header->ReadersGate, number: 0);
        _hasRemoteBarrier = bell.HasRemoteBarrier;
    }

    public ChannelTarget Target { get; }

    public byte* Base { get; }

    public ChannelHeader* Header => (ChannelHeader*)Base;

    public ParticipantRecord* Participants => (ParticipantRecord*)(Base + ChannelHeader.ParticipantsOffset);

    /// <summary>Read once and checked; the header's own may be scribbled over at any time.</summary>
    public ChannelLayout Layout { get; private set; }

    public Places Places { get; }

    /// <summary>Whether it was made now, and not found.</summary>
    public bool CreatedNew { get; private set; }

    /// <summary>Whether who publishes needs no barrier before the bell.</summary>
    public bool HasRemoteBarrier => (Layout.Flags & ChannelFlags.RemoteBarrier) != 0;

    /// <summary>Opens the channel that lies there, or makes it.</summary>
    /// <exception cref="IOException">183: it must be new and is not.</exception>
    public static ChannelMemory Create(ChannelTarget target, ChannelLayout layout, bool mustBeNew, ObjectAudience audience)
    {
        while (true)
        {
            FileMapping section = target.Open(layout.Size, mustBeNew, audience)!;
            if (target.Path is not null && section.Size < layout.Size && !IsReady(section))
            {
                // Killed before it had its size.
                section.Dispose();
                section = FileMapping.Create(target.Path, name: null, PageProtection.ReadWrite, layout.Size);
            }

            if (Attach(target, section, layout) is { } memory)
            {
                return memory;
            }
        }
    }

    /// <summary>Opens the channel that lies there; null when there is none.</summary>
    public static ChannelMemory? TryOpen(ChannelTarget target) => target.Open(size: 0, mustBeNew: false, ObjectAudience.Owner) is { } section ? Attach(target, section, wanted: null) : null;

    /// <summary>The gate that lies there; the number is its own in this channel.</summary>
    public Doorbell OpenDoorbell(uint* gate, int number) => Places.OpenDoorbell(gate, number);

    /// <summary>Whether a participant has the place; asks the kernel only where somebody says so.</summary>
    public bool IsTaken(int place) => Volatile.Read(ref Participants[place].Process) != 0 && Places.IsTaken(place);

    public void Flush() => _view.Flush();

    /// <summary>The memory goes.</summary>
    public void Dispose()
    {
        ChannelMetrics.Closed(this);

        // What a careless thread still touches is nobody's then.
        _view.Retire();
        Places.Dispose();
        _section.Dispose();
    }

    /// <summary>What a header says, once it is clear that it is one.</summary>
    /// <exception cref="InvalidDataException">It is none (1392), or one of another version (1306).</exception>
    public static ChannelLayout Read(ChannelTarget target, in ChannelHeader header, long sectionSize)
    {
        if (header.Magic != ChannelHeader.MagicValue)
        {
            throw NoChannel(target);
        }

        int version = header.Version;
        if (version != ChannelHeader.CurrentVersion)
        {
            Errors.Throw(ERROR_REVISION_MISMATCH, $"{target} has version {version} of the layout; this library knows version {ChannelHeader.CurrentVersion}.");
        }

        return ChannelLayout.Of(in header, sectionSize);
    }

    public static Exception NoChannel(ChannelTarget target) =>
        Errors.Of(ERROR_FILE_CORRUPT, $"{target} is none: it does not begin as channels do.");

    private static bool IsReady(FileMapping section)
    {
        using MappedView view = section.MapView(ViewAccess.Read, 0, sizeof(ulong));
        return view.At<ulong>(0) != 0;
    }

    /// <summary>Takes the section over. Null: its creator died before it was a channel, and what was wanted does not fit it; it is gone now if nobody else has it.</summary>
    private static ChannelMemory? Attach(ChannelTarget target, FileMapping section, ChannelLayout? wanted)
    {
        MappedView? view = null;
        Places? places = null;
        try
        {
            if (section.Size < ChannelHeader.Size)
            {
                throw NoChannel(target);
            }

            view = section.MapView();
            places = section.OpenPlaces();
            var memory = new ChannelMemory(target, section, view, places);
            if (!memory.Construct(wanted))
            {
                memory.Dispose();
                return null;
            }

            memory.RequireSameBarrier();
            ChannelMetrics.Opened(memory);
            return memory;
        }
        catch
        {
            view?.Dispose();
            places?.Dispose();
            section.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes the section a channel, if nobody has yet. Whoever has the place for it does so; if he is killed, the next one does it again from the
    /// beginning, as nothing of it counts before the last word is there.
    /// </summary>
    private bool Construct(ChannelLayout? wanted)
    {
        while (Volatile.Read(ref Header->Magic) == 0)
        {
            using IDisposable? constructor = Places.TryTake(ChannelHeader.ConstructionPlace);
            if (constructor is null)
            {
                // In the kernel, and no longer than the other lives or takes.
                Places.WaitUntilEmpty(ChannelHeader.ConstructionPlace);
                continue;
            }

            if (Volatile.Read(ref Header->Magic) != 0)
            {
                break;
            }

            if (wanted is not { } layout || layout.Size > _section.Size)
            {
                return false;
            }

            Write(layout);
            CreatedNew = true;
        }

        Layout = Read(Target, in *Header, _section.Size);
        if (wanted is { } other && (other.Kind != Layout.Kind || other.ValueSize != Layout.ValueSize || other.Schema != Layout.Schema))
        {
            Errors.Throw(ERROR_INVALID_PARAMETER,
                $"{Target} exists and is another one: {Describe(Layout)}. It was opened as {Describe(other)}.");
        }

        return true;
    }

    private void Write(ChannelLayout layout)
    {
        new Span<byte>(Base, checked((int)Math.Min(layout.DataOffset, int.MaxValue))).Clear();
        Header->Version = ChannelHeader.CurrentVersion;
        Header->Kind = layout.Kind;
        Header->Flags = (layout.Flags & ~ChannelFlags.RemoteBarrier) | (_hasRemoteBarrier ? ChannelFlags.RemoteBarrier : 0);
        Header->Slots = layout.Slots;
        Header->DataOffset = layout.DataOffset;
        Header->DataLength = layout.DataLength;
        Header->ValueSize = layout.ValueSize;
        Header->Schema = layout.Schema;

        // SYNC POINT with everybody who opens it: last.
        Volatile.Write(ref Header->Magic, ChannelHeader.MagicValue);
        if (Target.Path is not null)
        {
            _view.Flush(0, layout.DataOffset);
        }
    }

    private void RequireSameBarrier()
    {
        if (HasRemoteBarrier && !_hasRemoteBarrier)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED,
                $"{Target} was made where processes may call membarrier, and this one may not: its container forbids the call. Allow it, or create the channel from here.");
        }
    }

    private static string Describe(ChannelLayout layout) => layout.ValueSize == 0 && layout.Schema == 0
        ? $"{layout.Kind}" : $"{layout.Kind} with values of {layout.ValueSize} bytes and schema {layout.Schema}";
}
