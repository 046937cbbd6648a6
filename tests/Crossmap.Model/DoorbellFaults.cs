namespace Crossmap.Model;

/// <summary>The explorer has teeth: whatever is left out of the doorbell's protocol is missed.</summary>
public class DoorbellFaults
{
    public static TheoryData<string> Faults => [.. Enum.GetNames<DoorbellFault>().Skip(1)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_is_found(string name)
    {
        var fault = Enum.Parse<DoorbellFault>(name);
        string? violation = DoorbellExploration.Things(fault, DeathWake.OwnerlessWord, stopAtFirst: true).Violation
            ?? DoorbellExploration.Things(fault, DeathWake.OwnerlessWord, stopAtFirst: true, watched: true).Violation
            ?? DoorbellExploration.Marks(fault, DeathWake.OwnerlessWord, stopAtFirst: true).Violation;
        Assert.NotNull(violation);
        TestContext.Current.TestOutputHelper?.WriteLine(violation);
    }
}
