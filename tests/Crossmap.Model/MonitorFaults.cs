namespace Crossmap.Model;

/// <summary>A fault put into a monitor, to see that the explorer finds it.</summary>
internal enum MonitorFault
{
    None,
    ArrivesAfterRelease,
    KeepsMutex,
    ReleasesSilently,
    ReleasesUnarmed,
    ReturnsWithoutMutex,
    TakesAgainOnlyIfFree,
    TakesAgainUnarmed,
    TakesAgainUnseen,
    TellsOfNoDeath,
    SleepsOnGate,
    SleepsUnseen,
    OverlooksHalfNotified,
    NotifiesOne,
    NotifiesSilently,
    NotifiesOneOfAll,
    NotifiesInTwoSteps,
    NotifiesWithoutCounting,
    NotifiesBlindly,
}

/// <summary>The explorer has teeth: whatever is left out of a monitor is missed.</summary>
public class MonitorFaults
{
    public static TheoryData<string> Faults => [.. Enum.GetNames<MonitorFault>().Skip(1)];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_is_found(string fault)
    {
        string? violation = MonitorExploration.Explore(Enum.Parse<MonitorFault>(fault), DeathWake.OwnerlessWord, stopAtFirst: true).Violation;
        Assert.NotNull(violation);
        TestContext.Current.TestOutputHelper?.WriteLine(violation);
    }
}
