namespace Crossmap.Compatibility;

/// <summary>An event that stays set until it is reset by hand: <see cref="System.Threading.ManualResetEvent"/>, which has no name. Thread safe.</summary>
public sealed class ManualResetEvent : EventWaitHandle
{
    /// <summary>Makes one.</summary>
    /// <param name="initialState">Whether it is set from the start.</param>
    public ManualResetEvent(bool initialState)
        : base(initialState, EventResetMode.ManualReset)
    {
    }
}
