namespace Crossmap.Tool.Demo;

/// <summary>How a file is cut into the parts that the workers take in turns.</summary>
internal readonly struct Chunks(long length)
{
    /// <summary>Small enough for many turns on a small file; large enough that on a large one the turns cost nothing.</summary>
    private const int Smallest = 4096, Largest = 4 << 20;

    /// <summary>Turns on a file between the bounds.</summary>
    private const int Wanted = 256;

    private readonly int _size = (int)Math.Clamp(length / Wanted / Smallest * Smallest, Smallest, Largest);

    public long Count => (length + _size - 1) / _size;

    public long OffsetOf(long chunk) => chunk * _size;

    public int LengthOf(long chunk) => (int)Math.Min(_size, length - OffsetOf(chunk));
}
