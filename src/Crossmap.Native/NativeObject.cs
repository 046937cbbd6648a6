namespace Crossmap.Native;

/// <summary>
/// What handles lead to: a section, something to wait for, a file. Handles to one object share it (<c>DuplicateHandle</c>), and the last one
/// that is closed ends it. A call that found the object meanwhile may still use it: memory that it looks at stays mapped while it is reachable.
/// </summary>
internal abstract class NativeObject
{
    /// <summary>Guarded by the handle table's lock.</summary>
    public int Handles { get; set; }

    /// <summary>The last handle was closed. Called once, and by no two threads at a time.</summary>
    public abstract void Close();

    /// <summary>
    /// What another handle with exactly these rights leads to (<c>DuplicateHandle</c>): mostly the same object.
    /// </summary>
    /// <param name="rights">As asked for; as granted when it returns, generic ones mapped.</param>
    /// <exception cref="Exception">Rights that this kind does not define, or that the caller cannot have (5).</exception>
    public abstract NativeObject ForHandle(ref uint rights);

    /// <summary>Descriptors by which an exec'ed child has the object, and the text that tells the child of them (<see cref="InheritedHandles"/>).</summary>
    /// <param name="rights">Of the handle.</param>
    public abstract (IDisposable Descriptors, string Text) ForChildren(uint rights);

    /// <summary>The same object of the system, through however many handles (<c>CompareObjectHandles</c>).</summary>
    public virtual bool IsSameAs(NativeObject other) => ReferenceEquals(this, other);
}
