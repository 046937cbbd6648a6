namespace Crossmap.Model;

/// <summary>The explorer has teeth: whatever is left out of the protocol is missed.</summary>
public class SemaphoreFaults
{
    [Theory]
    [InlineData(Fault.WaiterNeverArms)]
    [InlineData(Fault.WaiterArmsOnlyWhileAsleep)]
    [InlineData(Fault.WaiterArmsOnlyOnceAwake)]
    [InlineData(Fault.WaiterKeepsGateAsItFindsIt)]
    [InlineData(Fault.WaiterSetsGateBesideCount)]
    [InlineData(Fault.WaiterHandsNothingOn)]
    [InlineData(Fault.LeaverStaysArmed)]
    [InlineData(Fault.WaiterSleepsWithoutSettingGate)]
    [InlineData(Fault.ReleaserNeverArms)]
    [InlineData(Fault.ReleaserArmsAfterChange)]
    [InlineData(Fault.ReleaserDisarmsBeforeWake)]
    [InlineData(Fault.ReleaserWakesBeforeChange)]
    [InlineData(Fault.ReleaserNeverWakes)]
    [InlineData(Fault.ReleaserOverlooksGate)]
    [InlineData(Fault.ReleaserWritesBlindly)]
    internal void Fault_is_found(Fault fault)
    {
        bool ofWaiter = fault < Fault.ReleaserNeverArms;
        string? violation = null;
        foreach ((int initial, int maximum) in new[] { (0, 2), (0, 1), (1, 2) })
        {
            violation ??= SemaphoreExploration.Explore(
                initial, maximum, ofWaiter ? fault : Fault.None, ofWaiter ? Fault.None : fault, DeathWake.OwnerlessWord, stopAtFirst: true).Violation;
        }

        Assert.NotNull(violation);
        TestContext.Current.TestOutputHelper?.WriteLine(violation);
    }
}
