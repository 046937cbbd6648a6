namespace Crossmap.Torture;

/// <summary>What the controller has under the name that a script uses, and what must be true of it when the script's process is dead.</summary>
internal abstract class Witness : IDisposable
{
    /// <summary>For that script, or null: nobody has anything under its name.</summary>
    public static Witness? For(RunFolder folder, SyscallScript script, string name) => script.Ground switch
    {
        Ground.Held when script.What == Deed.CreateLock || script.What == Deed.OpenLock => new LockHolder(name),
        Ground.Held when script.Place == Place.View && WaitableDeeds.Creates(script.What) => new ViewHolder(script.What, name),
        Ground.Held when WaitableDeeds.KindOf(script.What) is { } kind => new WaitableHolder(kind, name, script.Place),
        Ground.Held => new Holder(folder, script.What, name),
        Ground.Awaited when LockDeeds.IsOfCondition(script.What) => new ConditionWitness(script.What, name),
        Ground.Awaited when LockDeeds.Is(script.What) => new LockWitness(script.What, name),
        Ground.Awaited when script.Sleeps => new WaitWitness(script.What, name, script.Place),
        Ground.Awaited => new GiveWitness(script.What, name, script.Place),
        _ => null,
    };

    /// <summary>The script's process has what it needs, and begins with its deed now.</summary>
    public virtual void Begin()
    {
    }

    /// <summary>Its thread sleeps in its wait.</summary>
    public virtual void VictimSleeps()
    {
    }

    /// <summary>What is wrong with what is held, or null.</summary>
    /// <param name="atEnd">The process was killed when the deed was done, and not before.</param>
    public abstract string? FindWrong(bool atEnd);

    public abstract void Dispose();
}
