using System.Diagnostics;

namespace Crossmap.Bench.Rows;

/// <summary>A file on disk, written in full, so that a flush writes bytes and allocates nothing.</summary>
internal abstract unsafe class FlushRow : Row
{
    protected const int Bytes = 16 << 20, Range = 64 << 10, PageSize = 4096;

    /// <summary>The kernel writes back in folios: neighbouring pages that it keeps together, at most this much. Whose neighbours changed is a matter of the kernel's.</summary>
    private const int Folio = 2 << 20;

    private readonly string _path;
    private readonly FileMapping _mapping;
    private byte _value;

    protected FlushRow(BenchContext context, string name = "flushed")
    {
        _path = Path.Combine(context.Ground.Scratch, name);
        using (FileStream file = File.Create(_path))
        {
            byte[] block = new byte[1 << 20];
            for (int written = 0; written < Bytes; written += block.Length)
            {
                file.Write(block);
            }

            file.Flush(flushToDisk: true);
        }

        _mapping = FileMapping.Create(_path);
        View = _mapping.MapView();
    }

    public override int Rounds => 31;

    protected MappedView View { get; }

    public override void Dispose()
    {
        View.Dispose();
        _mapping.Dispose();
        File.Delete(_path);
    }

    /// <summary>Nanoseconds a flush of the first <see cref="Range"/> bytes, changed before each.</summary>
    protected double Ours()
    {
        Change(0, Range);
        long start = Stopwatch.GetTimestamp();
        View.Flush(0, Range);
        return Stopwatch.GetTimestamp() - start;
    }

    protected double Raw()
    {
        _value++;
        return RawLibrary.Took(RawLibrary.bench_msync((byte*)View.Address, Range, _value));
    }

    public void ChangeRest() => Change(Folio, Bytes - Folio);

    public void FlushAll() => View.Flush();

    protected void Change(int from, int length)
    {
        _value++;
        for (int at = from; at < from + length; at += PageSize)
        {
            View.At<byte>(at) = _value;
        }
    }
}

internal sealed class FlushRange(BenchContext context) : FlushRow(context)
{
    public override string What => "Flush of 64 KiB of changed pages of a file on disk, against msync of that range in C";

    public override Bar Bar => new(1.1);

    public override double Subject() => Ours();

    public override double Baseline() => Raw();

    /// <summary>Changes a page and flushes it.</summary>
    public void Touch()
    {
        Change(0, PageSize);
        View.Flush(0, PageSize);
    }
}

/// <summary>Nobody pays for what he did not ask to flush: the rest of the view changed, or as much of another file.</summary>
internal sealed class FlushRest(BenchContext context) : FlushRow(context)
{
    private readonly OtherFile _other = new(context);

    public override string What => "Flush of 64 KiB while the other 14 MiB of the view are changed, against while as much of another file is";

    /// <summary>"Independent" with room for the spread of a disk.</summary>
    public override Bar Bar => new(1.1);

    public override double Subject() => After(this);

    public override double Baseline() => After(_other);

    public override void Dispose()
    {
        _other.Dispose();
        base.Dispose();
    }

    /// <summary>Changing so much takes a while, in which the disk falls idle; a flush takes longer on an idle disk. So both sides change as much.</summary>
    private double After(FlushRow changed)
    {
        changed.ChangeRest();
        double took = Ours();
        changed.FlushAll();
        return took;
    }

    private sealed class OtherFile(BenchContext context) : FlushRow(context, "other")
    {
        public override string What => "no row of its own";

        public override Bar Bar => default;

        public override double Subject() => throw new NotSupportedException();
    }
}
