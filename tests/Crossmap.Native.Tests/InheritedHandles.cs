using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>Handles that exec'ed children have under the same values.</summary>
public class InheritedHandles
{
    [Fact]
    public void Children_and_grandchildren_use_inherited_handles()
    {
        using var program = new CProgram("inherited.c");
        using var file = new TemporaryFile(5000);
        Assert.Equal("done", program.Run(file.Path, UniqueName.Create()));
        Assert.Equal("12"u8.ToArray(), file.Bytes[1..3]);
    }
}
