namespace Crossmap.Torture;

/// <summary>What the controller has under the name that a script uses, and what must be true of it when the script's process is dead.</summary>
internal abstract class Witness : IDisposable
{
    /// <summary>For that script, or null: nobody has anything under its name.</summary>
    public static Witness? For(RunFolder folder, SyscallScript script, string name) => script.Ground switch
    {
        Ground.Held when WaitableDeeds.KindOf(script.What) is { } kind => new WaitableHolder(kind, name),
        Ground.Held => new Holder(folder, script.What, name),
        Ground.Awaited when WaitableDeeds.Sleeps(script.What) => new WaitWitness(script.What, name),
        Ground.Awaited => new GiveWitness(script.What, name),
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
