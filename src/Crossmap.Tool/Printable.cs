using System.Globalization;
using System.Text;

namespace Crossmap.Tool;

/// <summary>Names and paths may hold anything; a terminal obeys control characters. What is shown to people shows them instead.</summary>
internal static class Printable
{
    /// <summary>On one line, whatever is in it: each control, format and unpaired character as \xNN or \uNNNN.</summary>
    public static string Name(string text)
    {
        StringBuilder? shown = null;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool isPair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            bool plain = isPair || CharUnicodeInfo.GetUnicodeCategory(c) is not
                (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            if (plain)
            {
                shown?.Append(text, i, isPair ? 2 : 1);
                i += isPair ? 1 : 0;
                continue;
            }

            shown ??= new StringBuilder(text, 0, i, text.Length + 16);
            shown.Append(c < 0x100 ? "\\x" : "\\u").Append(((int)c).ToString(c < 0x100 ? "X2" : "X4", CultureInfo.InvariantCulture));
        }

        return shown?.ToString() ?? text;
    }
}
