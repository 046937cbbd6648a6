namespace Crossmap.Channels;

/// <summary>
/// Writes a message into a <see cref="Claim"/> piece by piece. <see cref="Commit"/> publishes what was written, which may be less than was claimed.
/// </summary>
public sealed class ClaimWriter : InPlaceWriter
{
    private Claim _claim;

    /// <param name="claim">To be committed or given up through this object from now on.</param>
    public ClaimWriter(Claim claim) => _claim = claim;

    private protected override Span<byte> Space => _claim.Span;

    /// <summary>Publishes what was written as a message.</summary>
    /// <exception cref="InvalidOperationException">It was committed or given up already.</exception>
    /// <exception cref="ObjectDisposedException">The channel was closed, and the claim given up with it.</exception>
    public void Commit() => _claim.Commit(End());

    /// <summary>Begins anew with another claim, so that one object, and a serializer over it, write any number of messages. A message that was not committed is given up.</summary>
    public void Reset(Claim claim)
    {
        Dispose();
        _claim = claim;
        BeginAnew();
    }

    private protected override void GiveUp() => _claim.Dispose();
}
