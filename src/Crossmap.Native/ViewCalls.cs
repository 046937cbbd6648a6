using System.Runtime.InteropServices;
using Crossmap.Linux;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Views: mapping, unmapping, flushing.</summary>
internal static class ViewCalls
{
    /// <summary>What FILE_MAP_ flags mean for a view; the others of desired access say nothing here (facts 111-119).</summary>
    private const uint AccessFlags = (uint)ViewAccess.AllAccess | (uint)ViewAccess.Execute;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_MapViewOfFile")]
    public static nint MapViewOfFile(nint mapping, uint access, uint offsetHigh, uint offsetLow, nuint bytes) => Map(mapping, access, offsetHigh, offsetLow, bytes, 0);

    [UnmanagedCallersOnly(EntryPoint = "crossmap_MapViewOfFileEx")]
    public static nint MapViewOfFileEx(nint mapping, uint access, uint offsetHigh, uint offsetLow, nuint bytes, nint address) =>
        Map(mapping, access, offsetHigh, offsetLow, bytes, address);

    [UnmanagedCallersOnly(EntryPoint = "crossmap_UnmapViewOfFile")]
    public static int UnmapViewOfFile(nint address)
    {
        try
        {
            NativeView? view = ViewTable.Remove(address);
            if (view is null)
            {
                return LastError.Fail(ERROR_INVALID_ADDRESS);
            }

            view.Unmap();
            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_FlushViewOfFile")]
    public static int FlushViewOfFile(nint address, nuint bytes)
    {
        try
        {
            NativeView? view = ViewTable.Find(address);
            if (view is null)
            {
                return LastError.Fail(ERROR_INVALID_ADDRESS);
            }

            long offset = address - view.Start;
            if (bytes > (nuint)(view.Length - offset))
            {
                return LastError.Fail(ERROR_INVALID_PARAMETER);
            }

            view.Flush(offset, bytes == 0 ? view.Length - offset : (long)bytes);
            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    private static nint Map(nint mapping, uint access, uint offsetHigh, uint offsetLow, nuint bytes, nint address)
    {
        try
        {
            if (HandleTable.Find<SectionObject>(mapping) is not { } section)
            {
                return LastError.Fail(ERROR_INVALID_HANDLE);
            }

            long offset = unchecked((long)(((ulong)offsetHigh << 32) | offsetLow));
            var view = (LinuxView)section.Section.MapView((ViewAccess)(access & AccessFlags), offset, unchecked((long)bytes), address);
            section.Memory.AddView();
            ViewTable.Add(new NativeView(view, section.Memory, offset));
            return view.Address;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }
}
