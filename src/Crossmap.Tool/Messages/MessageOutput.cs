using System.Buffers.Binary;

namespace Crossmap.Tool.Messages;

/// <summary>Messages to standard output: a line each, or each behind its length. They collect here until the buffer is full or somebody says so.</summary>
/// <param name="blocking">Around each write.</param>
/// <param name="isLengthPrefixed">Four bytes, little-endian, before each message, instead of a line feed behind it.</param>
internal sealed class MessageOutput(BlockingCalls blocking, bool isLengthPrefixed)
{
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _length;

    /// <summary>Whether it is time to write.</summary>
    public bool IsFull => _length >= _buffer.Length / 2;

    /// <exception cref="BrokenPipeException">The reader has gone.</exception>
    public void Add(ReadOnlySpan<byte> message)
    {
        Span<byte> prefix = stackalloc byte[sizeof(uint)];
        if (isLengthPrefixed)
        {
            BinaryPrimitives.WriteInt32LittleEndian(prefix, message.Length);
            Append(prefix);
        }

        Append(message);
        if (!isLengthPrefixed)
        {
            Append("\n"u8);
        }
    }

    /// <summary>Writes all that was added.</summary>
    /// <exception cref="BrokenPipeException">The reader has gone.</exception>
    public void Write()
    {
        if (_length == 0)
        {
            return;
        }

        // Never from the shared memory itself: a signal may close it while this is under way.
        using (blocking.Begin())
        {
            StandardOutput.Write(_buffer.AsSpan(0, _length));
        }

        _length = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > _buffer.Length - _length)
        {
            int part = _buffer.Length - _length;
            bytes[..part].CopyTo(_buffer.AsSpan(_length));
            _length += part;
            Write();
            bytes = bytes[part..];
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
