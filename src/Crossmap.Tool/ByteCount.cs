using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Crossmap.Tool;

/// <summary>Numbers of bytes on the command line: 4096, 64K, 1M, 2G, 1T, in powers of 1024.</summary>
internal static class ByteCount
{
    /// <summary>An option for an offset, a length or a size; negative numbers and overflows are bad usage.</summary>
    public static Option<long?> Option(string name, string description) =>
        new(name) { Description = description, HelpName = "BYTES", CustomParser = Parse };

    private static long? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (TryParse(text, out long bytes))
        {
            return bytes;
        }

        result.AddError($"'{text}' is no number of bytes. Write a whole number, if wished with K, M, G or T behind it: 4096, 64K, 1M, 2G.");
        return null;
    }

    private static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            'T' => 40,
            _ => 0,
        };
        ReadOnlySpan<char> digits = shift == 0 ? text : text.AsSpan(0, text.Length - 1);
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > long.MaxValue >> shift)
        {
            return false;
        }

        bytes = number << shift;
        return true;
    }

    /// <summary>The range that an offset and a length mean in a mapping; without a length all to its end.</summary>
    /// <exception cref="ArgumentException">It does not lie inside.</exception>
    public static long LengthWithin(long size, long offset, long? length)
    {
        if (offset > size)
        {
            throw new ArgumentException($"The offset {offset} lies past the end of the mapping, which has {size} bytes.");
        }

        long rest = size - offset;
        return length is not { } wanted ? rest : wanted <= rest ? wanted
            : throw new ArgumentException($"The {wanted} bytes from {offset} reach past the end of the mapping, which has {size} bytes.");
    }

    /// <summary>For people: 1.5 GiB.</summary>
    public static string Readable(long bytes)
    {
        double value = bytes;
        string[] units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {units[unit]}");
    }
}
