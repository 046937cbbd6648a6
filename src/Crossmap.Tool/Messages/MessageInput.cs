using System.Buffers.Binary;

namespace Crossmap.Tool.Messages;

/// <summary>Messages from a stream: a line each, or each behind its length.</summary>
/// <param name="read">Reads into the memory that it is given; 0 at the end.</param>
/// <param name="isLengthPrefixed">Four bytes, little-endian, before each message, instead of a line feed behind it.</param>
/// <param name="maximum">Bytes of the longest message.</param>
internal sealed class MessageInput(Func<Memory<byte>, int> read, bool isLengthPrefixed, int maximum)
{
    private const int PrefixSize = sizeof(uint);

    private byte[] _buffer = new byte[256 * 1024];
    private int _start, _end, _scanned;
    private bool _isOver;

    /// <summary>The next message, until the next call. False: that was all.</summary>
    /// <exception cref="IOException">A message is too long, or the input ends in the middle of one.</exception>
    public bool TryNext(out ReadOnlySpan<byte> message) => isLengthPrefixed ? TryRecord(out message) : TryLine(out message);

    private bool TryLine(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            int length = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            int whole = (length < 0 ? _end : _scanned + length) - _start;
            if (whole > maximum)
            {
                throw TooLong("A line has more", null);
            }

            if (length >= 0 || (_isOver && whole > 0))
            {
                // The last line may lack its end.
                line = _buffer.AsSpan(_start, whole);
                _start = _scanned = Math.Min(_end, _start + whole + 1);
                return true;
            }

            if (_isOver)
            {
                line = default;
                return false;
            }

            _scanned = _end;
            Fill();
        }
    }

    private bool TryRecord(out ReadOnlySpan<byte> record)
    {
        while (true)
        {
            int there = _end - _start;
            if (there >= PrefixSize)
            {
                uint length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start));
                if (length > (uint)maximum)
                {
                    throw TooLong("A record has", length);
                }

                if (there - PrefixSize >= (int)length)
                {
                    record = _buffer.AsSpan(_start + PrefixSize, (int)length);
                    _start += PrefixSize + (int)length;
                    return true;
                }
            }

            if (_isOver)
            {
                record = default;
                return there == 0 ? false : throw new IOException($"The input ends in the middle of a record: {there} bytes are left over. What came before was sent.");
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_scanned, _end, _start) = (Math.Max(0, _scanned - _start), _end - _start, 0);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, _buffer.Length * 2L));
        }

        int count = read(_buffer.AsMemory(_end));
        _end += count;
        _isOver = count == 0;
    }

    private IOException TooLong(string what, uint? length) => new(
        $"{what}{(length is { } l ? $" {l} bytes, more" : "")} than the {maximum} bytes of the longest message. A larger --capacity when it is made allows longer ones. What came before was sent.");
}
