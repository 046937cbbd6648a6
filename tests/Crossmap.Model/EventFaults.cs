namespace Crossmap.Model;

/// <summary>The explorer has teeth: whatever is left out of the events' protocol is missed.</summary>
public class EventFaults
{
    public static TheoryData<string> Faults => [.. Enum.GetNames<EventFault>().Skip(1)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_is_found(string name)
    {
        var fault = Enum.Parse<EventFault>(name);
        string? violation = null;
        foreach (bool isSet in new[] { false, true })
        {
            violation ??= EventExploration.Manual(isSet, fault, DeathWake.OwnerlessWord, stopAtFirst: true).Violation
                ?? EventExploration.Auto(isSet, fault, DeathWake.OwnerlessWord, stopAtFirst: true).Violation;
        }

        Assert.NotNull(violation);
        TestContext.Current.TestOutputHelper?.WriteLine(violation);
    }
}
