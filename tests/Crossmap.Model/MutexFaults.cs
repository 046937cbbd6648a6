namespace Crossmap.Model;

/// <summary>The explorer has teeth: whatever is left out of the mutex's protocol is missed.</summary>
public class MutexFaults
{
    public static TheoryData<string> Faults => [.. Enum.GetNames<MutexFault>().Skip(1)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_is_found(string fault)
    {
        string? violation = MutexExploration.Explore(Enum.Parse<MutexFault>(fault), DeathWake.OwnerlessWord, stopAtFirst: true).Violation;
        Assert.NotNull(violation);
        TestContext.Current.TestOutputHelper?.WriteLine(violation);
    }
}
