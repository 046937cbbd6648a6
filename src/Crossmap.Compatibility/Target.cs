using System.Runtime.Versioning;

namespace Crossmap.Compatibility;

/// <summary>Which half a process uses.</summary>
internal static class Target
{
    /// <summary>On Windows the framework's own types do the work.</summary>
    [SupportedOSPlatformGuard("windows")]
    public static bool IsWindows { get; } = OperatingSystem.IsWindows();
}
