using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>Semaphores, mutexes, events and waits as a C program sees them.</summary>
public class WaitingFromC
{
    [Theory]
    [InlineData("gcc")]
    [InlineData("g++")]
    public void Program_waits_and_signals(string compiler)
    {
        using var program = new CProgram("waiting.c", compiler);
        Assert.Equal("done", program.Run(UniqueName.Create()));
    }
}
