using Crossmap.Linux;

namespace Crossmap.Native;

/// <summary>A section. Rights belong to the section's handle in the library too, so handles with other rights lead to objects of their own.</summary>
internal sealed class SectionObject(LinuxSection section) : NativeObject
{
    public LinuxSection Section => section;

    public SectionMemory Memory { get; } = new(section);

    public override void Close() => Memory.Close();

    public override NativeObject ForHandle(ref uint rights)
    {
        if (rights == (uint)section.Rights)
        {
            return this;
        }

        var duplicate = (LinuxSection)section.Duplicate((MappingRights)rights, inheritable: false);
        rights = (uint)duplicate.Rights;
        return new SectionObject(duplicate);
    }

    public override (IDisposable Descriptors, string Text) ForChildren(uint rights)
    {
        var inheritable = (LinuxSection)section.Duplicate((MappingRights)rights, inheritable: true);
        return (inheritable, inheritable.InheritableHandle!);
    }

    public override bool IsSameAs(NativeObject other) => other is SectionObject { Section: var theirs } && section.IsSameAs(theirs);
}
