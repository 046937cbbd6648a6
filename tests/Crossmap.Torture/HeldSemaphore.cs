namespace Crossmap.Torture;

/// <summary>A semaphore's identity is its maximum: its creator draws it.</summary>
internal sealed class HeldSemaphore(NamedSemaphore semaphore) : HeldObject
{
    /// <summary>Every maximum ends so, or the object was half-made when it was seen.</summary>
    private const int Residue = 7, Modulus = 1000;

    public NamedSemaphore Semaphore => semaphore;

    public override long Identity { get; } = semaphore.MaximumCount;

    public override bool CreatedNew => semaphore.CreatedNew;

    public static HeldSemaphore Create(string name, Random random)
    {
        int maximum = (random.Next(1, 1_000_000) * Modulus) + Residue;
        return new HeldSemaphore(NamedSemaphore.Create(name, 1, maximum));
    }

    public static HeldSemaphore? TryOpen(string name) => NamedSemaphore.TryOpen(name, out NamedSemaphore? semaphore) ? new HeldSemaphore(semaphore) : null;

    /// <summary>What is wrong with it, or null.</summary>
    public string? Inspect() => Identity % Modulus == Residue ? null : $"the semaphore's maximum {Identity} is none that was given: it was seen half-made";

    public override void Dispose() => semaphore.Dispose();
}
