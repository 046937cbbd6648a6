using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Crossmap.Channels;

/// <summary>
/// Writes a message into a <see cref="Claim"/> piece by piece, for all that writes to an <see cref="IBufferWriter{T}"/>, such as <c>Utf8JsonWriter</c>: into
/// the shared memory itself. <see cref="Commit"/> publishes what was written, which may be less than was claimed.
/// </summary>
/// <remarks>
/// A claim does not grow: who writes more than was claimed gets an exception, and the message is not published. Only bytes that are written count: who asks for more
/// room than is left, to be on the safe side as serializers do, gets some beside it, from where what was written is copied. Not thread safe. What it has handed out
/// is not to be used once the message is committed or given up.
/// </remarks>
public sealed class ClaimWriter : IBufferWriter<byte>, IDisposable
{
    private readonly ClaimedMemory _memory;
    private Claim _claim;
    private bool _isOver;

    /// <summary>What was last handed out: so much of the claim, or of the room beside it.</summary>
    private int _handedOut;
    private bool _isBeside;
    private byte[] _beside = [];

    /// <param name="claim">To be committed or given up through this object from now on.</param>
    public ClaimWriter(Claim claim)
    {
        _memory = new ClaimedMemory(this);
        _claim = claim;
    }

    /// <summary>Bytes written so far.</summary>
    public int WrittenCount { get; private set; }

    /// <summary>What was written so far.</summary>
    /// <exception cref="InvalidOperationException">The message was committed or given up.</exception>
    public ReadOnlySpan<byte> WrittenSpan => Claimed[..WrittenCount];

    /// <summary>Bytes of the longest message that can be written: those that were claimed.</summary>
    public int Capacity => _claim.Length;

    /// <summary>Bytes that can still be written.</summary>
    public int FreeCapacity => Capacity - WrittenCount;

    private Span<byte> Claimed => !_isOver ? _claim.Span : throw new InvalidOperationException("The message was committed or given up already.");

    /// <summary>Says that so many bytes were written to what <see cref="GetSpan"/> or <see cref="GetMemory"/> gave last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than that gave.</exception>
    /// <exception cref="InvalidOperationException">The message would be longer than the claim. Or it was committed or given up.</exception>
    public void Advance(int count)
    {
        Span<byte> claimed = Claimed;
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _handedOut);
        if (count > FreeCapacity)
        {
            throw new InvalidOperationException($"The message has more than the {Capacity} bytes that were claimed for it: {WrittenCount} were written, and {count} more do not fit.");
        }

        if (_isBeside)
        {
            _beside.AsSpan(0, count).CopyTo(claimed[WrittenCount..]);
        }

        WrittenCount += count;
        _handedOut = 0;
    }

    /// <summary>Room for the next bytes: all that is left of the claim, if that is enough.</summary>
    /// <param name="sizeHint">At least so many; 0 for any number but none.</param>
    /// <exception cref="InvalidOperationException">The message was committed or given up.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0) => HandOut(sizeHint) ? _beside : _memory.From(WrittenCount, FreeCapacity);

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0) => HandOut(sizeHint) ? _beside : Claimed[WrittenCount..];

    /// <summary>Publishes what was written as a message.</summary>
    /// <exception cref="InvalidOperationException">It was committed or given up already.</exception>
    /// <exception cref="ObjectDisposedException">The channel was closed, and the claim given up with it.</exception>
    public void Commit()
    {
        _ = Claimed;
        _isOver = true;
        _claim.Commit(WrittenCount);
    }

    /// <summary>Begins anew with another claim, so that one object, and a serializer over it, write any number of messages. A message that was not committed is given up.</summary>
    public void Reset(Claim claim)
    {
        Dispose();
        _claim = claim;
        (WrittenCount, _handedOut, _isOver) = (0, 0, false);
    }

    /// <summary>Gives the message up, unless it was committed. Does nothing the second time.</summary>
    public void Dispose()
    {
        if (!_isOver)
        {
            _isOver = true;
            _claim.Dispose();
        }
    }

    /// <summary>Whether it has to be beside the claim.</summary>
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

    /// <summary>The claim's bytes as <see cref="Memory{T}"/>, for as long as they are its.</summary>
    private sealed unsafe class ClaimedMemory(ClaimWriter writer) : MemoryManager<byte>
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
