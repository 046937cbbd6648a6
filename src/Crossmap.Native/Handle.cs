namespace Crossmap.Native;

/// <summary>An open handle. Immutable but for what its owner keeps in it: whoever read it from the table without a lock sees all of it, also while the handle is closed.</summary>
internal sealed class Handle(uint value, NativeObject target, uint rights, bool isInheritable)
{
    /// <summary>With the low two bits 0.</summary>
    public uint Value => value;

    public NativeObject Target => target;

    /// <summary>Granted rights, generic ones mapped.</summary>
    public uint Rights => rights;

    public bool IsInheritable => isInheritable;

    /// <summary>What children inherit it by, from its opening to its closing.</summary>
    public InheritedHandles.Offer? Offer { get; set; }
}
