using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap semaphore …</c></summary>
internal static class SemaphoreCommand
{
    public static Command Create() => new("semaphore", "Takes turns: creates, waits for and releases named semaphores.")
    {
        SemaphoreCreateCommand.Create(),
        SemaphoreWaitCommand.Create(),
        SemaphoreReleaseCommand.Create(),
    };
}
