namespace Crossmap.Torture;

/// <summary>Which life a process of <see cref="ThreadKills"/> lives, and which was the last to be killed.</summary>
internal struct SyncLife
{
    public long Current, Killed;
}
