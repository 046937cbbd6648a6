using System.Buffers;
using System.Security.Cryptography;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// Where a name lies: in which folder, under which file name. Takes names apart as NT does (facts 68-90): one backslash at most, behind
/// <c>Local</c> or <c>Global</c>, spelled so.
/// </summary>
internal readonly struct ObjectPath
{
    /// <summary>Bytes: what every Linux file system takes as one file name.</summary>
    private const int MaximumFileName = 255;

    private const string LocalPrefix = @"Local\", GlobalPrefix = @"Global\";

    private ObjectPath(string name, bool isGlobal, byte[] fileName)
    {
        Name = name;
        IsGlobal = isGlobal;
        FileName = fileName;
    }

    /// <summary>The one spelling that stands in the object's header: without <c>Local\</c>, with <c>Global\</c>.</summary>
    public string Name { get; }

    public bool IsGlobal { get; }

    /// <summary>With its terminating NUL.</summary>
    public byte[] FileName { get; }

    public static ObjectPath Of(ObjectName name)
    {
        string original = name.Original;
        bool isGlobal = original.StartsWith(GlobalPrefix, StringComparison.Ordinal);
        ReadOnlySpan<char> rest = isGlobal ? original.AsSpan(GlobalPrefix.Length)
            : original.StartsWith(LocalPrefix, StringComparison.Ordinal) ? original.AsSpan(LocalPrefix.Length)
            : original;
        bool prefixed = rest.Length != original.Length;
        int backslash = rest.IndexOf('\\');
        if (backslash >= 0)
        {
            (int error, string why) = (backslash, prefixed) switch
            {
                (0, true) => (ERROR_INVALID_NAME, "has two backslashes in a row"),
                (0, false) => (ERROR_BAD_PATHNAME, "begins with a backslash"),
                _ => (ERROR_PATH_NOT_FOUND, @"has a directory part other than 'Local\' or 'Global\' (spelled so)"),
            };
            Errors.Throw(error, $"The object name {name} {why}.", "name");
        }

        if (rest.IsEmpty)
        {
            Errors.Throw(ERROR_INVALID_NAME, $"The object name {name} ends behind its directory.", "name");
        }

        return new ObjectPath(isGlobal ? original : rest.Length == original.Length ? original : rest.ToString(), isGlobal, Encode(rest));
    }

    /// <summary>
    /// Percent-encoded UTF-8; lone surrogates, which are legal in names, as the three bytes UTF-8 would give them. A leading dot is
    /// encoded too, so that names never meet ".", ".." or the folder's own dot files.
    /// </summary>
    private static byte[] Encode(ReadOnlySpan<char> name)
    {
        if (name.Length <= MaximumFileName && name[0] != '.' && !name.ContainsAnyExcept(Unreserved))
        {
            byte[] plain = new byte[name.Length + 1];
            System.Text.Encoding.ASCII.GetBytes(name, plain);
            return plain;
        }

        byte[] encoded = ArrayPool<byte>.Shared.Rent((name.Length * 9) + 1);
        int length = 0;
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < name.Length; i++)
        {
            int count;
            if (System.Text.Rune.DecodeFromUtf16(name[i..], out System.Text.Rune rune, out int units) == OperationStatus.Done)
            {
                count = rune.EncodeToUtf8(utf8);
                i += units - 1;
            }
            else
            {
                utf8[0] = (byte)(0xE0 | (name[i] >> 12));
                utf8[1] = (byte)(0x80 | ((name[i] >> 6) & 0x3F));
                utf8[2] = (byte)(0x80 | (name[i] & 0x3F));
                count = 3;
            }

            foreach (byte b in utf8[..count])
            {
                if (b < 0x80 && Unreserved.Contains((char)b) && (length > 0 || b != '.'))
                {
                    encoded[length++] = b;
                }
                else
                {
                    encoded[length++] = (byte)'%';
                    encoded[length++] = (byte)"0123456789ABCDEF"[b >> 4];
                    encoded[length++] = (byte)"0123456789ABCDEF"[b & 15];
                }
            }
        }

        byte[] result;
        if (length <= MaximumFileName)
        {
            result = new byte[length + 1];
            encoded.AsSpan(0, length).CopyTo(result);
        }
        else
        {
            // The header holds the full name, so two names of one hash are told apart: the second is seen as a corrupt file.
            string hash = Convert.ToHexStringLower(SHA256.HashData(encoded.AsSpan(0, length)));
            result = Libc.Terminated(".h-" + hash);
        }

        ArrayPool<byte>.Shared.Return(encoded);
        return result;
    }

    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");
}
