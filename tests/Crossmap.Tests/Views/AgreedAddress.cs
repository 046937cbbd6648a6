using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Two processes map one file at one address, so that raw pointers in it mean the same to both.</summary>
public unsafe class AgreedAddress
{
    /// <summary>Far from where systems put things by themselves, and a multiple of 64 KiB.</summary>
    private static readonly nint Address = unchecked((nint)0x2000_0000_0000);

    private const int Nodes = 1000, Spread = 4099, Length = Nodes * Spread;

    private struct Node
    {
        public Node* Next;
        public long Value;
    }

    [Fact]
    public void A_list_linked_by_raw_pointers_is_walked_and_grown_by_another_process()
    {
        using var file = new TemporaryFile(Length + sizeof(Node));
        string name = UniqueName.Create();
        using ChildProcess builder = ChildProcess.Start(Build, file.Path, name);
        builder.Expect("built");
        using ChildProcess walker = ChildProcess.Start(WalkAndDouble, name);
        walker.Expect(Sum(1).ToString(CultureInfo.InvariantCulture));
        walker.Finish();
        builder.Send("walk");
        builder.Expect(Sum(2).ToString(CultureInfo.InvariantCulture));
        builder.Finish();

        // And from the file alone, at that address again.
        using FileMapping mapping = FileMapping.Create(file.Path, protection: PageProtection.ReadOnly);
        using MappedView view = mapping.MapView(ViewAccess.Read, address: Address);
        Assert.Equal(Sum(2), Walk(view, factor: 1));
    }

    [ChildScenario]
    internal static void Build(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Create(arguments[0], arguments[1]);
        using MappedView view = mapping.MapView(address: Address);
        Node* next = null;
        for (int i = Nodes - 1; i >= 0; i--)
        {
            // From back to front, at odd places.
            var node = (Node*)(view.Address + ((nint)((i * 7919L) % Nodes) * Spread));
            node->Next = next;
            node->Value = i;
            next = node;
        }

        view.At<nint>(Length) = (nint)next;
        Console.WriteLine("built");
        Console.ReadLine();
        Console.WriteLine(Walk(view, factor: 1).ToString(CultureInfo.InvariantCulture));
    }

    [ChildScenario]
    internal static void WalkAndDouble(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using MappedView view = mapping.MapView(address: Address);
        Assert.Equal(Address, view.Address);
        Console.WriteLine(Walk(view, factor: 2).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The sum of the list; each value is multiplied afterwards where the factor is not 1.</summary>
    private static long Walk(MappedView view, int factor)
    {
        long sum = 0;
        int count = 0;
        for (var node = (Node*)view.At<nint>(Length); node is not null; node = node->Next)
        {
            sum += node->Value;
            count++;
            if (factor != 1)
            {
                node->Value *= factor;
            }
        }

        Assert.Equal(Nodes, count);
        return sum;
    }

    private static long Sum(int factor) => factor * (Nodes * (Nodes - 1L) / 2);
}
