namespace Crossmap.Tool;

/// <summary>
/// Bytes for people: 16 a line behind their offset in the mapping, the printable ones again at the end. Lines equal to the one before
/// are one star.
/// </summary>
internal sealed class HexDump
{
    private const int BytesInLine = 16;

    /// <summary>A write each: some 800 lines.</summary>
    private const int BufferSize = 64 * 1024;

    private static ReadOnlySpan<byte> Digits => "0123456789abcdef"u8;

    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly int _offsetDigits;
    private int _used;

    private HexDump(long end)
    {
        // One width for the whole dump: eight digits, more where the mapping is longer.
        _offsetDigits = Math.Max(8, (64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)end) + 3) / 4);
    }

    /// <summary>Dumps a view, whose offset in the mapping is the first line's.</summary>
    public static void Write(MappedView view)
    {
        var dump = new HexDump(view.Offset + view.Length);
        dump.WriteLines(view);
        dump.Flush();
    }

    private void WriteLines(MappedView view)
    {
        bool starred = false;
        for (long at = 0; at < view.Length; at += BytesInLine)
        {
            ReadOnlySpan<byte> line = view.AsSpan(at, (int)Math.Min(BytesInLine, view.Length - at));
            if (at > 0 && line.Length == BytesInLine && line.SequenceEqual(view.AsSpan(at - BytesInLine, BytesInLine)))
            {
                if (!starred)
                {
                    Put("*\n"u8);
                    starred = true;
                }

                continue;
            }

            starred = false;
            WriteLine(view.Offset + at, line);
        }

        WriteOffset(view.Offset + view.Length);
        Put("\n"u8);
    }

    private void WriteLine(long offset, ReadOnlySpan<byte> line)
    {
        WriteOffset(offset);
        Span<byte> columns = stackalloc byte[(BytesInLine * 3) + 3];
        columns.Fill((byte)' ');
        Span<byte> text = stackalloc byte[BytesInLine];
        for (int i = 0; i < line.Length; i++)
        {
            byte value = line[i];
            int column = 2 + (i * 3) + (i >= BytesInLine / 2 ? 1 : 0);
            columns[column] = Digits[value >> 4];
            columns[column + 1] = Digits[value & 0xF];
            text[i] = value is >= 0x20 and < 0x7F ? value : (byte)'.';
        }

        Put(columns);
        Put(" |"u8);
        Put(text[..line.Length]);
        Put("|\n"u8);
    }

    private void WriteOffset(long offset)
    {
        Span<byte> digits = stackalloc byte[_offsetDigits];
        for (int i = _offsetDigits - 1; i >= 0; i--, offset >>= 4)
        {
            digits[i] = Digits[(int)(offset & 0xF)];
        }

        Put(digits);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BufferSize - _used)
        {
            Flush();
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Flush()
    {
        StandardOutput.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
