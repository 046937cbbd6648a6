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
        for (int gives = 1; gives <= EventExploration.MostGives; gives++)
        {
            violation ??= EventExploration.Manual(isSet: false, fault, DeathWake.OwnerlessWord, stopAtFirst: true, gives).Violation
                ?? EventExploration.Auto(isSet: false, fault, DeathWake.OwnerlessWord, stopAtFirst: true, gives).Violation;
        }

        Assert.NotNull(violation);
        TestContext.Current.TestOutputHelper?.WriteLine(violation);
    }
}
