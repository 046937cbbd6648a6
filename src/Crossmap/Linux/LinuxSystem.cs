using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>The seam as DESIGN: files in tmpfs.</summary>
internal sealed class LinuxSystem : ObjectSystem
{
    public override Section CreateSection(in SectionRequest request) => throw new PlatformNotSupportedException();
    public override Section? OpenSection(ObjectName name, MappingRights rights, bool inheritable) => throw new PlatformNotSupportedException();
    public override Section AdoptSection(string inherited) => throw new PlatformNotSupportedException();
    public override Objects.Semaphore CreateSemaphore(ObjectName name, int initialCount, int maximumCount, ObjectAudience audience) => throw new PlatformNotSupportedException();
    public override Objects.Semaphore? OpenSemaphore(ObjectName name) => throw new PlatformNotSupportedException();
    public override IReadOnlyList<NamedObjectInfo> List() => throw new PlatformNotSupportedException();
    public override NamedObjectInfo? Find(ObjectName name) => throw new PlatformNotSupportedException();
    public override IReadOnlyList<string> Sweep() => throw new PlatformNotSupportedException();
    public override string SetUpGlobal(string group) => throw new PlatformNotSupportedException();
    public override bool IsFileMapped(string path) => throw new PlatformNotSupportedException();
    public override void SetFileLength(string path, long length) => throw new PlatformNotSupportedException();
    public override void DeleteFile(string path) => throw new PlatformNotSupportedException();
}
