namespace Crossmap.Compatibility;

/// <summary>An event that a wait resets: <see cref="System.Threading.AutoResetEvent"/>, which has no name. Thread safe.</summary>
public sealed class AutoResetEvent : EventWaitHandle
{
    /// <summary>Makes one.</summary>
    /// <param name="initialState">Whether it is set from the start.</param>
    public AutoResetEvent(bool initialState)
        : base(initialState, EventResetMode.AutoReset)
    {
    }
}
