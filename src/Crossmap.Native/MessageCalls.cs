using System.Runtime.InteropServices;
using System.Text;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary><c>FormatMessage</c> for the codes that the calls return.</summary>
internal static unsafe class MessageCalls
{
    private const uint AllocateBuffer = 0x100, IgnoreInserts = 0x200, FromString = 0x400, FromHmodule = 0x800, FromSystem = 0x1000, ArgumentArray = 0x2000, WidthMask = 0xFF;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_FormatMessageW")]
    public static uint FormatMessageW(uint flags, void* source, uint message, uint language, char* buffer, uint size, nint* arguments)
    {
        try
        {
            string? text = Format(flags, (flags & FromString) != 0 ? Text.Of((char*)source) : null, message, arguments, isWide: true);
            return text is null ? 0 : Give<char>(flags, text, buffer, size);
        }
        catch (Exception e)
        {
            return (uint)LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_FormatMessageA")]
    public static uint FormatMessageA(uint flags, void* source, uint message, uint language, byte* buffer, uint size, nint* arguments)
    {
        try
        {
            string? text = Format(flags, (flags & FromString) != 0 ? Text.Of((byte*)source) : null, message, arguments, isWide: false);
            return text is null ? 0 : Give<byte>(flags, Encoding.UTF8.GetBytes(text), buffer, size);
        }
        catch (Exception e)
        {
            return (uint)LastError.Fail(e);
        }
    }

    /// <summary>Frees what FORMAT_MESSAGE_ALLOCATE_BUFFER allocated.</summary>
    [UnmanagedCallersOnly(EntryPoint = "crossmap_LocalFree")]
    public static void* LocalFree(void* memory)
    {
        NativeMemory.Free(memory);
        return null;
    }

    /// <summary>Null when it failed, with the error set.</summary>
    private static string? Format(uint flags, string? source, uint message, nint* arguments, bool isWide)
    {
        string? text = source ?? ((flags & FromSystem) != 0 ? SystemMessages.Of(message) : null);
        bool isSound = (flags & FromHmodule) == 0 && ((flags & FromString) != 0 ? source is not null : (flags & FromSystem) != 0);
        if (!isSound || text is null)
        {
            LastError.Fail(isSound ? ERROR_MR_MID_NOT_FOUND : ERROR_INVALID_PARAMETER);
            return null;
        }

        // System texts end with a line break, which a width replaces.
        text += source is null && (flags & WidthMask) == 0 ? "\r\n" : source is null ? " " : "";
        if ((flags & IgnoreInserts) != 0 || !text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        // A va_list is C's own; an array of strings can be read.
        if ((flags & ArgumentArray) == 0 || arguments is null)
        {
            LastError.Fail(ERROR_INVALID_PARAMETER);
            return null;
        }

        var filled = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            char next = text[i] == '%' && i + 1 < text.Length ? text[i + 1] : '\0';
            if (next is >= '1' and <= '9')
            {
                nint argument = arguments[next - '1'];
                filled.Append(isWide ? Text.Of((char*)argument) : Text.Of((byte*)argument));
                i++;
            }
            else if (next == '%')
            {
                filled.Append('%');
                i++;
            }
            else if (next == 'n')
            {
                filled.Append("\r\n");
                i++;
            }
            else
            {
                filled.Append(text[i]);
            }
        }

        return filled.ToString();
    }

    private static uint Give<T>(uint flags, ReadOnlySpan<T> text, T* buffer, uint size)
        where T : unmanaged
    {
        if (buffer is null)
        {
            return (uint)LastError.Fail(ERROR_INVALID_PARAMETER);
        }

        T* target = buffer;
        if ((flags & AllocateBuffer) != 0)
        {
            // Size is the least to allocate then, and the buffer a pointer to the pointer.
            target = (T*)NativeMemory.Alloc((nuint)Math.Max(text.Length + 1, (long)size), (nuint)sizeof(T));
            *(T**)buffer = target;
        }
        else if ((uint)text.Length >= size)
        {
            return (uint)LastError.Fail(ERROR_INSUFFICIENT_BUFFER);
        }

        text.CopyTo(new Span<T>(target, text.Length));
        target[text.Length] = default;
        return (uint)text.Length;
    }
}
