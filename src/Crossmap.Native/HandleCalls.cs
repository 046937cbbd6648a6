using System.Runtime.InteropServices;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Handles of any kind.</summary>
internal static unsafe class HandleCalls
{
    /// <summary>The pseudo handles: no slot has them, and closing them does nothing.</summary>
    public const nint CurrentProcess = -1, CurrentThread = -2;

    private const uint CloseSource = 1, SameAccess = 2, SameAttributes = 4;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CloseHandle")]
    public static int CloseHandle(nint handle)
    {
        try
        {
            return handle is CurrentProcess or CurrentThread || HandleTable.Close(handle) ? 1 : LastError.Fail(ERROR_INVALID_HANDLE);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_DuplicateHandle")]
    public static int DuplicateHandle(nint sourceProcess, nint source, nint targetProcess, nint* target, uint access, int inherit, uint options)
    {
        try
        {
            if (target is not null)
            {
                *target = 0;
            }

            if (sourceProcess != CurrentProcess || targetProcess != CurrentProcess)
            {
                return LastError.Fail(ERROR_INVALID_HANDLE);
            }

            if ((options & ~(CloseSource | SameAccess | SameAttributes)) != 0)
            {
                return LastError.Fail(ERROR_INVALID_PARAMETER);
            }

            bool isInheritable = (options & SameAttributes) != 0 ? HandleTable.Find(source) is { IsInheritable: true } : inherit != 0;
            nint duplicate = 0;
            try
            {
                duplicate = HandleTable.Duplicate(source, (options & SameAccess) != 0 ? null : access, isInheritable, (options & CloseSource) != 0);
            }
            finally
            {
                // As Windows has it: also when the duplication fails.
                if (duplicate == 0 && (options & CloseSource) != 0)
                {
                    HandleTable.Close(source);
                }
            }

            if (target is not null)
            {
                *target = duplicate;
            }

            return duplicate != 0 ? 1 : LastError.Fail(ERROR_INVALID_HANDLE);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CompareObjectHandles")]
    public static int CompareObjectHandles(nint first, nint second)
    {
        try
        {
            return HandleTable.Find(first) is not { } one || HandleTable.Find(second) is not { } other ? LastError.Fail(ERROR_INVALID_HANDLE)
                : one.Target.IsSameAs(other.Target) ? 1
                : LastError.Fail(ERROR_NOT_SAME_OBJECT);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }
}
