using Crossmap.Channels.Memory;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels.Values;

/// <summary>
/// What a <see cref="SharedValue{T}"/> is made of: some buffers in a circle. Versions count from 1, each lies in the next buffer, and one word says which
/// is the latest. So a writer never touches what readers are led to, unless he writes on through all the others meanwhile; then they notice.
/// </summary>
/// <remarks>
/// A buffer begins with the version that lies in it, which is negative while it is being written. A writer that is killed leaves a buffer that nobody
/// was led to; his successor writes the same version there once more.
/// </remarks>
internal sealed class ValueChannel : ChannelObject
{
    private const int WriterPlace = 0;

    /// <summary>Before the value: its version. Values begin where any type may.</summary>
    private const int HeadSize = 16;

    /// <summary>Buffers for small values fill about a page, so that a reader has time; large ones, whose writing takes long, have these few.</summary>
    private const int LeastBuffers = 4, MostBuffers = 32, Page = 4096;

    /// <summary>Copies that a reader begins anew because the buffer was written meanwhile. Each time a writer went round the whole circle.</summary>
    private const int MostTries = 1_000;

    private readonly unsafe byte* _buffers;
    private readonly long _stride;
    private readonly int _count, _valueSize;
    private readonly Lock _attaching = new();
    private readonly AsyncWaiter _changed;
    private Participant? _writer;
    private long _writing;

    /// <param name="memory">The channel.</param>
    /// <param name="valueSize">Bytes of the user's type.</param>
    /// <param name="type">The public one, for errors.</param>
    public unsafe ValueChannel(ChannelMemory memory, int valueSize, Type type)
        : base(memory, type)
    {
        _valueSize = valueSize;
        (_stride, _count) = CircleOf(valueSize);
        _buffers = memory.Base + memory.Layout.DataOffset;
        _changed = new AsyncWaiter(
            seen =>
            {
                WaitForChange(seen, -1, CancellationToken.None);
                return true;
            },
            type);
    }

    /// <summary>Of the latest value; 0 before the first.</summary>
    public unsafe long Version => Volatile.Read(ref Memory.Header->Head);

    /// <summary>Its successor takes up where the dead one's last published value is.</summary>
    protected override bool LeavesWork => false;

    public static ChannelLayout LayoutOf(int valueSize, ulong schema)
    {
        (long stride, int count) = CircleOf(valueSize);
        return new ChannelLayout(ChannelKind.Value, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)(stride * count)), ValueSize: valueSize, Schema: schema);
    }

    /// <summary>Checks what was found against the user's type.</summary>
    public static void Require(ChannelMemory memory, int valueSize)
    {
        ChannelLayout layout = memory.Layout;
        if (layout.Kind != ChannelKind.Value)
        {
            throw Errors.Of(ERROR_INVALID_HANDLE, $"{memory.Target} is no shared value.");
        }

        if (layout.ValueSize != valueSize)
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"{memory.Target} has values of {layout.ValueSize} bytes. It was opened with a type of {valueSize}.");
        }

        if (layout.DataLength < LayoutOf(valueSize, 0).DataLength)
        {
            throw new ChannelCorruptedException("The channel's header does not fit its values: somebody wrote over it.");
        }
    }

    /// <summary>The buffer for the next value, which is this writer's until it is committed or given up. What lies in it is an old value.</summary>
    public unsafe byte* BeginWrite(out long version)
    {
        if (_writer is null)
        {
            AttachWriter();
        }

        ThrowIfDisposed();
        if (_writing != 0)
        {
            throw new InvalidOperationException("A value is written at a time: commit or dispose the one before.");
        }

        version = Version + 1;
        _writing = version;
        byte* buffer = BufferOf(version);

        // SYNC POINT with TryRead: before anything of the value is written.
        Volatile.Write(ref *(long*)buffer, -version);
        Volatile.WriteBarrier();
        return buffer + HeadSize;
    }

    public unsafe void Commit(long version)
    {
        ThrowIfDisposed();
        if (_writing != version)
        {
            throw new InvalidOperationException("The value was committed or given up already.");
        }

        _writing = 0;
        _writer!.Record->Written++;

        // SYNC POINT with TryRead: the value before its version, and that before readers are led there.
        Volatile.Write(ref *(long*)BufferOf(version), version);
        nint armed = Readers.Arm();
        Volatile.Write(ref Memory.Header->Head, version);
        Announce(Readers, armed);
    }

    public void Abandon(long version)
    {
        if (_writing == version)
        {
            _writing = 0;
        }
    }

    /// <summary>Copies the latest value. False: there is none yet.</summary>
    /// <param name="value">Where to: as many bytes as the type has.</param>
    /// <param name="version">Its version.</param>
    public unsafe bool TryRead(byte* value, out long version)
    {
        ThrowIfDisposed();
        for (int attempt = 0; attempt < MostTries; attempt++)
        {
            version = Version;
            if (version == 0)
            {
                return false;
            }

            byte* buffer = BufferOf(version);
            if (Volatile.Read(ref *(long*)buffer) == version)
            {
                Buffer.MemoryCopy(buffer + HeadSize, value, _valueSize, _valueSize);

                // SYNC POINT with BeginWrite: if anything of that was written anew, this sees it.
                Volatile.ReadBarrier();
                if (Volatile.Read(ref *(long*)buffer) == version)
                {
                    return true;
                }
            }
        }

        throw new ChannelCorruptedException(
            $"The latest value of {Memory.Target} could not be read whole in {MostTries} tries: somebody wrote over it, or writes without end and far faster than it can be copied.");
    }

    /// <summary>Returns when the latest version is another one. False when the time passed first.</summary>
    public bool WaitForChange(long seen, long timeoutMilliseconds, CancellationToken cancellation)
    {
        using WaitCount.Entered entered = BeginWait();
        var condition = new Changed(this, seen);
        Overtake(seen);
        bool inTime = Readers.Wait(ref condition, timeoutMilliseconds, cancellation);
        ThrowIfDisposed();
        return inTime;
    }

    public async ValueTask<long> WaitForChangeAsync(long seen, CancellationToken cancellation)
    {
        ThrowIfDisposed();
        long version;
        while ((version = Version) == seen)
        {
            await _changed.WaitAsync(seen, cancellation).ConfigureAwait(false);
            ThrowIfDisposed();
        }

        return version;
    }

    private unsafe void Overtake(long seen) => Readers.Overtake(&Memory.Header->ReadersSleptFor, seen);

    private unsafe SeenWord SeenVersion(long seen) => new(&Memory.Header->Head, (uint)seen);

    protected override void Detach()
    {
        _changed.Dispose();
        lock (_attaching)
        {
            _writer?.Dispose();
        }
    }

    /// <summary>Nothing is left to be done for anybody.</summary>
    protected override void Recover(int place)
    {
    }

    private static (long Stride, int Count) CircleOf(int valueSize)
    {
        long stride = (HeadSize + (long)valueSize + ChannelLayout.Unit - 1) & -ChannelLayout.Unit;
        return (stride, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(Page / stride, LeastBuffers, MostBuffers)));
    }

    private unsafe byte* BufferOf(long version) => _buffers + ((version & (_count - 1)) * _stride);

    private unsafe void AttachWriter()
    {
        lock (_attaching)
        {
            if (_writer is not null)
            {
                return;
            }

            ThrowIfDisposed();
            Participant writer = Participant.TryTake(Memory, WriterPlace)
                ?? throw Errors.Of(ERROR_SHARING_VIOLATION, $"{Memory.Target} has a writer already, and there is one at a time.");
            writer.Record->Roles = ParticipantRoles.Writer;
            _writer = writer;

            // Who sleeps is to watch this participant from now on.
            Wake(Readers);
        }
    }

    private readonly struct Changed(ValueChannel channel, long seen) : ICondition
    {
        public SeenWords SeenNotMet => new(channel.SeenVersion(seen));

        public bool MayBeMet() => channel.Version != seen || channel.IsDisposed;

        public bool IsMet() => MayBeMet() || (channel.MustWatchAll && !channel.TryWatch(WriterPlace) && MayBeMet());
    }
}
