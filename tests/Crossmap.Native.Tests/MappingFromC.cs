using System.Text;
using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>Mappings, views and handles as a C program sees them.</summary>
public class MappingFromC
{
    [Theory]
    [InlineData("gcc")]
    [InlineData("g++")]
    [InlineData("clang")]
    public void Program_maps_memory_and_a_file(string compiler)
    {
        using var program = new CProgram("mapping.c", compiler);
        using var file = new TemporaryFile(5000);
        Assert.Equal("done", program.Run(file.Path, UniqueName.Create()));
        Assert.Equal("in the file", Encoding.UTF8.GetString(file.Bytes, 4096, 11));
        Assert.Equal(5000, file.Length);
    }
}
