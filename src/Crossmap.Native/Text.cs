using System.Runtime.InteropServices;
using System.Text;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>C's strings: the W calls' UTF-16, where a lone surrogate is a character like others, and the A calls' UTF-8.</summary>
internal static unsafe class Text
{
    /// <summary>Refuses what has no other form, in both directions.</summary>
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string? Of(char* text) => text is null ? null : new string(text);

    /// <exception cref="ArgumentException">Not UTF-8 (1113). Replacing what is not would make different names the same.</exception>
    public static string? Of(byte* text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            return Strict.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
        }
        catch (DecoderFallbackException)
        {
            throw Errors.Of(ERROR_NO_UNICODE_TRANSLATION, "The text is not UTF-8.");
        }
    }
}
