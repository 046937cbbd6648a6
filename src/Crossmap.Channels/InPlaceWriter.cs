using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Crossmap.Channels;

/// <summary>
/// Writes into claimed space piece by piece, for all that writes to an <see cref="IBufferWriter{T}"/>, such as <c>Utf8JsonWriter</c>: into the shared memory itself.
/// Messages by <see cref="ClaimWriter"/>, requests by <see cref="RequestWriter"/>, replies by <see cref="ReplyWriter"/>.
/// </summary>
/// <remarks>
/// The space does not grow: who writes more than was claimed gets an exception, and nothing is published. Only bytes that are written count: who asks for more
/// room than is left, to be on the safe side as serializers do, gets some beside it, from where what was written is copied. Not thread safe. What it has handed out
/// is not to be used once what was written is published or given up.
/// </remarks>
public abstract class InPlaceWriter : IBufferWriter<byte>, IDisposable
{
    private readonly SpaceMemory _memory;
    private bool _isOver;

    /// <summary>What was last handed out: so much of the space, or of the room beside it.</summary>
    private int _handedOut;
    private bool _isBeside;
    private byte[] _beside = [];

    private protected InPlaceWriter() => _memory = new SpaceMemory(this);

    /// <summary>Bytes written so far.</summary>
    public int WrittenCount { get; private set; }

    /// <summary>What was written so far.</summary>
    /// <exception cref="InvalidOperationException">It was published or given up.</exception>
    public ReadOnlySpan<byte> WrittenSpan => Claimed[..WrittenCount];

    /// <summary>Bytes that can be written in all: those that were claimed.</summary>
    public int Capacity => Space.Length;

    /// <summary>Bytes that can still be written.</summary>
    public int FreeCapacity => Capacity - WrittenCount;

    /// <summary>All of it, in the shared memory.</summary>
    private protected abstract Span<byte> Space { get; }

    private Span<byte> Claimed => !_isOver ? Space : throw new InvalidOperationException("What was written was published or given up already.");

    /// <summary>Says that so many bytes were written to what <see cref="GetSpan"/> or <see cref="GetMemory"/> gave last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than that gave.</exception>
    /// <exception cref="InvalidOperationException">It would be longer than what was claimed. Or it was published or given up.</exception>
    public void Advance(int count)
    {
        Span<byte> claimed = Claimed;
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _handedOut);
        if (count > FreeCapacity)
        {
            throw new InvalidOperationException($"There are more than the {Capacity} bytes that were claimed: {WrittenCount} were written, and {count} more do not fit.");
        }

        if (_isBeside)
        {
            _beside.AsSpan(0, count).CopyTo(claimed[WrittenCount..]);
        }

        WrittenCount += count;
        _handedOut = 0;
    }

    /// <summary>Room for the next bytes: all that is left of the space, if that is enough.</summary>
    /// <param name="sizeHint">At least so many; 0 for any number but none.</param>
    /// <exception cref="InvalidOperationException">It was published or given up.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0) => HandOut(sizeHint) ? _beside : _memory.From(WrittenCount, FreeCapacity);

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0) => HandOut(sizeHint) ? _beside : Claimed[WrittenCount..];

    /// <summary>Gives the space up, unless what was written is published. Does nothing the second time.</summary>
    public void Dispose()
    {
        if (!_isOver)
        {
            _isOver = true;
            GiveUp();
        }

        GC.SuppressFinalize(this);
    }

    private protected abstract void GiveUp();

    /// <summary>Before what was written is published: from here on nothing is written. Returns how many bytes there are.</summary>
    private protected int End()
    {
        _ = Claimed;
        _isOver = true;
        return WrittenCount;
    }

    /// <summary>With other space, once that of before is over.</summary>
    private protected void BeginAnew() => (WrittenCount, _handedOut, _isOver) = (0, 0, false);

    /// <summary>Whether it has to be beside the space.</summary>
    private bool HandOut(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        _ = Claimed;
        int least = Math.Max(1, sizeHint);
        _isBeside = least > FreeCapacity;
        if (_isBeside && _beside.Length < least)
        {
            _beside = new byte[least];
        }

        _handedOut = _isBeside ? _beside.Length : FreeCapacity;
        return _isBeside;
    }

    /// <summary>The space as <see cref="Memory{T}"/>, for as long as it is this writer's.</summary>
    private sealed unsafe class SpaceMemory(InPlaceWriter writer) : MemoryManager<byte>
    {
        public Memory<byte> From(int start, int length) => CreateMemory(start, length);

        public override Span<byte> GetSpan() => writer.Claimed;

        /// <summary>No object of the runtime's: it stays where it is.</summary>
        public override MemoryHandle Pin(int elementIndex = 0)
        {
            Span<byte> claimed = writer.Claimed;
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)claimed.Length);
            return new MemoryHandle((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(claimed)) + elementIndex);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
