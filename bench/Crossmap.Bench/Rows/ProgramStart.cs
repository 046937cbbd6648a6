namespace Crossmap.Bench.Rows;

/// <summary>What loading libcrossmap.so, and the runtime in it, costs a C program that lives only for a moment (<c>bench/c/start.c</c>).</summary>
internal sealed class ProgramStart : Row
{
    private readonly string _program, _raw, _variable;

    public ProgramStart(BenchContext context)
    {
        _program = CProgram.Compile(context.Ground.Scratch, "start");
        _raw = CProgram.CompileRaw(context.Ground.Scratch, "start");
        _variable = "CROSSMAP_ROOT=" + context.Ground.Store;
    }

    public override string What => "from a C program's start until its first section is made by name, mapped and touched, against shm_open and mmap";

    public override Bar Bar => Bar.None;

    public override double Subject() => RawLibrary.Took(RawLibrary.bench_start(_program, _variable));

    public override double Baseline() => RawLibrary.Took(RawLibrary.bench_start(_raw, _variable));

    public override void Dispose()
    {
    }
}
