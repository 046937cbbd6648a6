using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap mutex create|wait|release</c></summary>
internal static class MutexCommand
{
    private const string Kind = "a mutex";
    private const string WithCommand = "runs this as the mutex's owner, releases it however it ends, and exits with its code. CROSSMAP_ABANDONED=1 tells it that the last owner died.";

    public static Command Create() => new("mutex", "One at a time: creates and waits for named mutexes.")
    {
        CreateCommand(),
        WaitCommand(),
        ReleaseCommand(),
    };

    /// <summary><c>crossmap lock NAME [--timeout SECONDS] -- COMMAND…</c></summary>
    /// <remarks>
    /// The mutex is made or opened before it is waited for, and that one handle is kept to the end: while it is, the name is this object's and
    /// no other's, so two who lock one name always wait for the same one, also when the process that made it ends meanwhile.
    /// </remarks>
    public static Command CreateLock() => new WaitVerb<NamedMutex>
    {
        Verb = "lock",
        Description = "Runs a command while no other runs under the same name, waiting for its turn. Says so when the last one died.",
        Kind = Kind,
        CommandDescription = $"Behind --: {WithCommand}",
        NeedsCommand = true,
        MadeFor = Audience.Option(),
        Open = (name, audience) => NamedMutex.Create(name, initiallyOwned: false, audience),
        Late = "The mutex '{0}' did not come free",
        GiveBack = mutex => mutex.Release(),
    }.Command();

    private static Command CreateCommand() => new CreateVerb<NamedMutex>
    {
        Kind = Kind,
        Make = (name, audience, _) => NamedMutex.Create(name, initiallyOwned: false, audience),
        State = _ => ObjectReport.Free,
    }.Command();

    private static Command WaitCommand() => new WaitVerb<NamedMutex>
    {
        Description = "Waits until nobody owns a mutex. Without COMMAND it leaves it as it found it: free, or abandoned for the next one to learn of.",
        Kind = Kind,
        CommandDescription = $"Behind --: {WithCommand}",
        Open = (name, _) => NamedMutex.Open(name),
        Late = "The mutex '{0}' did not come free",
        GiveBack = mutex => mutex.Release(),
    }.Command();

    private static Command ReleaseCommand()
    {
        var name = new Argument<string>("NAME") { Description = "The name of the mutex." };
        var release = new Command("release", "Always an error, which says who owns the mutex: only its owner can release it, and lock and wait do when their COMMAND ends.") { name };
        release.SetAction(parsed => Release(parsed.GetRequiredValue(name)));
        return release;
    }

    private static int Release(string name)
    {
        // Opened, so that a name that is not there or not a mutex's gets its own answer. This process has just begun and owns nothing.
        using NamedMutex mutex = NamedMutex.Open(name);
        NamedObjectInfo? found = NamedObjects.Find(name);
        string owner = found?.Owner is { } process ? $" by process {process}" : "";
        throw new IOException(found is { IsOwned: true }
            ? $"The mutex '{name}' is owned{owner}, and only its owner can release it: lock and wait do when their COMMAND ends."
            : $"Nobody owns the mutex '{name}'{(found is { IsAbandoned: true } ? ", whose last owner died" : "")}: there is nothing to release.");
    }
}
