using Microsoft.Win32.SafeHandles;

namespace Crossmap.Native;

/// <summary>An open file (<c>CreateFile</c>), with one position for all handles to it.</summary>
internal sealed class FileObject(SafeFileHandle file) : NativeObject
{
    /// <summary>Opened for what the handle's rights allow.</summary>
    public SafeFileHandle File => file;

    public override void Close() => file.Dispose();

    public override NativeObject ForHandle(ref uint rights)
    {
        rights = RightsMap.File.Granted(rights);
        return this;
    }
}
