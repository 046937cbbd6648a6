using Microsoft.Win32.SafeHandles;

namespace Crossmap.Windows;

/// <summary>A handle that <c>CloseHandle</c> closes.</summary>
internal sealed class KernelHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public KernelHandle()
        : base(ownsHandle: true)
    {
    }

    public KernelHandle(nint handle)
        : base(ownsHandle: true) => SetHandle(handle);

    protected override bool ReleaseHandle() => Kernel32.CloseHandle(handle) != 0;
}
