namespace Crossmap.Tool.Demo;

/// <summary>What the demonstration did, in numbers; with <c>--json</c> these are the fields.</summary>
internal sealed record DemoReport
{
    public required string File { get; init; }

    public required long Bytes { get; init; }

    public long Chunks { get; set; }

    public IList<Worker> Workers { get; } = [];

    /// <summary>Of the result that the workers built.</summary>
    public string? Checksum { get; set; }

    /// <summary>10^6 bytes a second, both workers together.</summary>
    public double WorkersMegabytesPerSecond { get; set; }

    /// <summary>10^6 bytes a second, one process reading the file the plain way.</summary>
    public double PlainReadMegabytesPerSecond { get; set; }

    public long BytesWritten { get; set; }

    public double FlushMilliseconds { get; set; }

    public IList<Check> Checks { get; } = [];

    public bool AllHeld => Checks.Count > 0 && Checks.All(check => check.Held);

    /// <summary>One worker: the address as it is written in hexadecimal.</summary>
    internal sealed record Worker(int Process, string Address, long Turns, long Chunks);

    /// <summary>Something that had to be so.</summary>
    internal sealed record Check(string What, bool Held);
}
