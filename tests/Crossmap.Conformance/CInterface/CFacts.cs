namespace Crossmap.Conformance.CInterface;

/// <summary>Facts as a C program meets them. All classes of this folder are skipped where there is no library for them.</summary>
public abstract class CFacts
{
    protected CFacts() => CLibrary.Needed();
}
