using System.Globalization;
using Crossmap.Testing;
using Microsoft.Win32.SafeHandles;

namespace Crossmap.Tests;

/// <summary>A mapping without a name, handed to a child process by its inheritable handle.</summary>
public class HandedDown
{
    private static readonly FileMappingOptions Inheritable = new() { Inheritability = HandleInheritability.Inheritable };

    [Fact]
    public void Child_maps_the_memory_that_it_inherited()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(8192, options: Inheritable);
        using MappedView view = mapping.MapView();
        view.At<long>(4096) = 41;
        Write(mapping, expectedSize: 8192, offset: 4096);
        Assert.Equal(42, view.At<long>(4096));
    }

    [Fact]
    public void Child_maps_the_file_that_it_inherited()
    {
        byte[] content = new byte[5000];
        content[8] = 41;
        using var file = new TemporaryFile(content);
        using (FileMapping mapping = FileMapping.Create(file.Path, options: Inheritable))
        {
            Write(mapping, expectedSize: 5000, offset: 8);
        }

        Assert.Equal(42, file.Bytes[8]);
    }

    [Fact]
    public void Rights_of_the_handle_are_inherited_too()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using FileMapping reader = mapping.Duplicate(MappingRights.MapRead | MappingRights.Query, HandleInheritability.Inheritable);
        using ChildProcess child = ChildProcess.Start(ReadOnly, reader.InheritableHandle!);
        child.Expect("refused");
        child.Finish();
    }

    [Fact]
    public void Handle_that_is_not_inheritable_has_no_text()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        Assert.Null(mapping.InheritableHandle);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("123456789")]
    [InlineData("99999999999999999999999999")]
    public void What_is_no_handle_is_refused(string text)
    {
        if (text.Length == 0)
        {
            Assert.Throws<ArgumentException>(() => FileMapping.FromInheritedHandle(text));
        }
        else
        {
            Win32.Fails<IOException>(6, () => FileMapping.FromInheritedHandle(text));
        }
    }

    [Fact]
    public void Handle_to_something_else_is_refused_and_stays_open()
    {
        using var file = new TemporaryFile(100);
        using SafeFileHandle handle = File.OpenHandle(file.Path);
        string value = handle.DangerousGetHandle().ToString(CultureInfo.InvariantCulture);
        Win32.Fails<IOException>(6, () => FileMapping.FromInheritedHandle(OperatingSystem.IsWindows() ? value : $"{value}:-1:-1:4"));
        Assert.Equal(100, RandomAccess.GetLength(handle));
    }

    [Fact]
    public void A_process_does_not_take_what_it_offers_to_its_children()
    {
        Linux.Only();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, options: Inheritable);
        string handle = mapping.InheritableHandle!;
        Win32.Fails<IOException>(6, () => FileMapping.FromInheritedHandle(handle));
        using FileMapping same = mapping.Duplicate(MappingRights.AllAccess, HandleInheritability.Inheritable);
        Write(same, expectedSize: 4096, offset: 0);
    }

    private static void Write(FileMapping mapping, long expectedSize, int offset)
    {
        using ChildProcess child = ChildProcess.Start(Increment, mapping.InheritableHandle!, offset.ToString(CultureInfo.InvariantCulture));
        child.Expect(expectedSize.ToString(CultureInfo.InvariantCulture));
        child.Expect("done");
        child.Finish();
    }

    [ChildScenario]
    internal static void Increment(string[] arguments)
    {
        using FileMapping mapping = FileMapping.FromInheritedHandle(arguments[0]);
        Console.WriteLine(mapping.Size);
        using (MappedView view = mapping.MapView())
        {
            view.At<long>(long.Parse(arguments[1], CultureInfo.InvariantCulture))++;
        }

        // The handle is this mapping's now, and nobody can take it a second time, whoever has its number by then.
        Win32.Fails<IOException>(6, () => FileMapping.FromInheritedHandle(arguments[0]));
        using FileMapping other = FileMapping.CreateInMemory(4096), another = FileMapping.CreateInMemory(4096);
        Win32.Fails<IOException>(6, () => FileMapping.FromInheritedHandle(arguments[0]));
        other.MapView().Dispose();
        another.MapView().Dispose();
        Console.WriteLine("done");
    }

    [ChildScenario]
    internal static void ReadOnly(string[] arguments)
    {
        using FileMapping mapping = FileMapping.FromInheritedHandle(arguments[0]);
        using (mapping.MapView(ViewAccess.Read))
        {
            Win32.Fails<UnauthorizedAccessException>(5, () => mapping.MapView(ViewAccess.Write));
        }

        Console.WriteLine("refused");
    }
}
