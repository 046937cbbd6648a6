namespace Crossmap.Torture;

/// <summary>What a worker is doing, for the report of a hang.</summary>
internal enum Step
{
    Start,
    Create,
    Open,
    Map,
    Check,
    Write,
    Flush,
    Unmap,
    Close,
    GateOpen,
    GateWait,
    GateTimedWait,
    GateTryWait,
    GateRelease,
    Parked,
}
