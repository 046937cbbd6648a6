namespace Crossmap.Model;

/// <summary>The explorer has teeth: whatever is left out of the reader-writer lock's protocol is missed.</summary>
public class ReaderWriterFaults
{
    public static TheoryData<string> Faults => [.. Enum.GetNames<ReaderWriterFault>().Skip(1)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_is_found(string fault)
    {
        string? violation = ReaderWriterExploration.Explore(Enum.Parse<ReaderWriterFault>(fault), DeathWake.OwnerlessWord, stopAtFirst: true).Violation;
        Assert.NotNull(violation);
        TestContext.Current.TestOutputHelper?.WriteLine(violation);
    }
}
