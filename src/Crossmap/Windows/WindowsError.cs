using System.Runtime.InteropServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Windows;

/// <summary>The exception for what the kernel answered: its code, its own words, and what to do about it.</summary>
internal static class WindowsError
{
    /// <summary>For the call that just failed. <paramref name="what"/> is a clause: "the file 'x' cannot be opened".</summary>
    public static Exception Last(string what, string? parameter = null) => Of(Marshal.GetLastPInvokeError(), what, parameter);

    public static Exception OfStatus(int status, string what) => Of(Ntdll.RtlNtStatusToDosError(status), what);

    public static Exception Of(int error, string what, string? parameter = null)
    {
        string words = Marshal.GetPInvokeErrorMessage(error).TrimEnd();
        string message = $"{what}: {words} (error {error}).";
        return Errors.Of(error, Advice(error) is { } advice ? $"{message} {advice}" : message, parameter);
    }

    private static string? Advice(int error) => error switch
    {
        ERROR_INVALID_HANDLE => "A name belongs to one object of any kind: is it that of another kind?",
        ERROR_PATH_NOT_FOUND => @"A backslash separates folders; in an object's name it may stand behind Local or Global only.",
        ERROR_NOT_ENOUGH_MEMORY => "Too large: a section that cannot be written cannot make its file longer either.",
        ERROR_FILE_INVALID => "The file is empty; a mapping of it needs a size.",
        ERROR_MAPPED_ALIGNMENT => "The offset and the address must be multiples of 64 KiB.",
        ERROR_USER_MAPPED_FILE => "Some process has the file mapped, so it cannot become shorter.",
        ERROR_SHARING_VIOLATION => "Another process has the file open and does not share it.",
        ERROR_COMMITMENT_LIMIT => "There is not that much memory and page file left.",
        ERROR_INVALID_ADDRESS => "Something lies in that range already.",
        ERROR_PRIVILEGE_NOT_HELD => "It takes a privilege that this process does not hold.",
        _ => null,
    };
}
