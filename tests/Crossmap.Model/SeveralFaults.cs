using Pair = Crossmap.Model.SeveralExploration.Pair;

namespace Crossmap.Model;

/// <summary>The explorer has teeth: whatever is left out of a wait for several objects is missed.</summary>
public class SeveralFaults
{
    [Theory]
    [InlineData(SeveralFault.OverlooksWhatWasHanded, Pair.AutoAndSemaphore, false)]
    [InlineData(SeveralFault.LooksPastWhatWasNotAnnounced, Pair.SemaphoreAndSemaphore, true)]
    [InlineData(SeveralFault.IsNotArmedForMutex, Pair.MutexAndSemaphore, false)]
    [InlineData(SeveralFault.IsNotArmedForMutex, Pair.MutexAndSemaphore, true)]
    [InlineData(SeveralFault.HandsNothingOn, Pair.MutexAndSemaphore, false)]
    [InlineData(SeveralFault.HandsNothingOn, Pair.MutexAndSemaphore, true)]
    [InlineData(SeveralFault.DisarmsBeforeHandingOn, Pair.MutexAndAuto, false)]
    [InlineData(SeveralFault.LeavesGateOfOneAsItIs, Pair.SemaphoreAndSemaphore, false)]
    [InlineData(SeveralFault.LeavesGateOfOneAsItIs, Pair.MutexAndSemaphore, false)]
    [InlineData(SeveralFault.ClosesGateAsWhoHandsOn, Pair.SemaphoreAndSemaphore, false)]
    [InlineData(SeveralFault.SleepsOnFirstOnly, Pair.SemaphoreAndSemaphore, false)]
    [InlineData(SeveralFault.SleepsOnGateOfManualEvent, Pair.ManualAndAuto, false)]
    [InlineData(SeveralFault.TakesTwo, Pair.SemaphoreAndSemaphore, false)]
    [InlineData(SeveralFault.TakesNothing, Pair.AutoAndSemaphore, false)]
    [InlineData(SeveralFault.TakesNothing, Pair.MutexAndAuto, true)]
    [InlineData(SeveralFault.ForgetsWhenItCame, Pair.ManualAndAuto, false)]
    [InlineData(SeveralFault.GivesNothingBack, Pair.SemaphoreAndSemaphore, true)]
    [InlineData(SeveralFault.GivesNothingBack, Pair.MutexAndSemaphore, true)]
    [InlineData(SeveralFault.GivesBackWithoutMark, Pair.MutexAndSemaphore, true)]
    internal void Fault_is_found(SeveralFault fault, Pair pair, bool all)
    {
        Exploration sum = SeveralExploration.Explore(pair, all, fault, stopAtFirst: true);
        Assert.NotNull(sum.Violation);
        TestContext.Current.TestOutputHelper?.WriteLine($"{sum}\n{sum.Violation}");
    }

    /// <summary>
    /// A gate of those who hand nothing on stands beside something to take only when one of them overlooks what was handed to another: so the
    /// one fault shows beside the other, and before it.
    /// </summary>
    [Fact]
    public void Gate_of_several_that_does_not_outlive_the_take_of_a_last_signal_is_found()
    {
        Assert.StartsWith("0: Lost wake-up", SetTwice(SeveralFault.OverlooksWhatWasHanded), StringComparison.Ordinal);
        Assert.StartsWith("Gate forgets A", SetTwice(SeveralFault.WaiterOfOneDropsGate), StringComparison.Ordinal);

        static string SetTwice(SeveralFault fault) => Exploration.Of(
            [new SeveralKit(Pair.AutoAndSemaphore, all: false, fault, gives: 2).SetTwice()], stopAtFirst: true).Violation ?? "";
    }
}
