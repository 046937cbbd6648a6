using System.Runtime.CompilerServices;

namespace Crossmap.Conformance.CInterface;

/// <summary>A view that a call gave, unmapped with the test's block.</summary>
internal sealed unsafe class View(nint address) : IDisposable
{
    private bool _isUnmapped;

    public nint Address => address;

    public static implicit operator nint(View view) => view.Address;

    /// <summary>Fails the test when the call failed.</summary>
    public static View Of(nint address, [CallerArgumentExpression(nameof(address))] string call = "")
    {
        Assert.True(address != 0, $"{call}: last error {LastError.Code}");
        return new View(address);
    }

    /// <summary>The whole section, for reading and writing.</summary>
    public static View Whole(nint mapping, ViewAccess access = ViewAccess.Write) => Of(ViewCalls.MapViewOfFile(mapping, access));

    public ref T At<T>(nint offset)
        where T : unmanaged => ref *(T*)(address + offset);

    public ReadOnlySpan<byte> Bytes(int length) => new((void*)address, length);

    public void Dispose()
    {
        if (!_isUnmapped)
        {
            _isUnmapped = true;
            Assert.Equal(1, ViewCalls.UnmapViewOfFile(address));
        }
    }
}
