namespace Crossmap.Model;

/// <summary>The explorer has teeth: whatever is left out of the ring's protocol is missed.</summary>
public class SlotFaults
{
    public static TheoryData<string> Faults => [.. Enum.GetNames<SlotFault>().Skip(1)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_is_found(string name)
    {
        Exploration sum = SlotExploration.Explore(Enum.Parse<SlotFault>(name));
        Assert.NotNull(sum.Violation);
        TestContext.Current.TestOutputHelper?.WriteLine(sum.Violation);
    }
}
