using System.Diagnostics;
using System.Globalization;

namespace Crossmap.Tool.Demo;

/// <summary>
/// The main job from end to end: a file becomes named memory, two processes find it by its name and build one result in turns, the result
/// is held against a plain read; then a copy is written through a view, and a process that knows nothing of views finds it in the file.
/// </summary>
internal sealed class Demonstration
{
    private const int BufferSize = 1 << 20;

    /// <summary>How often the bar moves while the workers work.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    private readonly string _path;
    private readonly DemoOutput _output;
    private readonly CancellationToken _cancellation;

    /// <summary>Names that no other demonstration uses.</summary>
    private readonly string _name = $"crossmap-demo-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}";

    public Demonstration(string path, DemoOutput output, CancellationToken cancellation)
    {
        _path = Path.GetFullPath(path);
        _output = output;
        _cancellation = cancellation;
    }

    public DemoReport Run()
    {
        using FileMapping file = FileMapping.Create(_path, _name, PageProtection.ReadOnly, options: new FileMappingOptions { MustBeNew = true });
        var report = new DemoReport { File = _path, Bytes = file.Size, Chunks = new Chunks(file.Size).Count };
        _output.Heading($"1. A file under a name");
        _output.Line("file", Printable.Name(_path));
        _output.Line("bytes", $"{DemoOutput.Number(file.Size)}, mapped read-only: the demonstration never writes to it");
        _output.Line("name", _name);

        ByteSummary together = WorkTogether(file, report);
        CompareWithPlainRead(in together, report);
        WriteThroughView(report);
        Conclude(report);
        return report;
    }

    private ByteSummary WorkTogether(FileMapping file, DemoReport report)
    {
        string resultName = _name + "-result";
        string turnName = _name + "-turn";
        using FileMapping result = FileMapping.CreateInMemory(4096, resultName, options: new FileMappingOptions { MustBeNew = true });
        using MappedView view = result.MapView();
        using NamedSemaphore turn = NamedSemaphore.Create(turnName, initialCount: 0, maximumCount: 1);
        using DemoProcess first = DemoProcess.Start(DemoWorker.Verb, _name, resultName, turnName, "--number", "1");
        using DemoProcess second = DemoProcess.Start(DemoWorker.Verb, _name, resultName, turnName, "--number", "2");
        foreach (DemoProcess worker in (DemoProcess[])[first, second])
        {
            if (worker.ReadLine(_cancellation) != "ready")
            {
                throw new IOException($"The worker process {worker.Id} could not start.");
            }
        }

        ref SharedResult shared = ref view.At<SharedResult>(0);
        _output.Heading("2. Two processes open it by that name");
        _output.Line("worker 1", $"process {first.Id} sees it at 0x{shared.First.Address:x}");
        _output.Line("worker 2", $"process {second.Id} sees it at 0x{shared.Second.Address:x}");
        Check(report, "the same bytes lie at two different addresses", shared.First.Address != shared.Second.Address && shared.First.Address != 0 && shared.Second.Address != 0);

        _output.Heading($"3. They count its bytes into one result, in turns of {DemoOutput.Number(new Chunks(file.Size).LengthOf(0))} bytes");

        // Only now, when both are there, is there a turn to take.
        long start = Stopwatch.GetTimestamp();
        turn.Release();
        _output.Track("Two processes count", file.Size, reportProgress => Await(first, second, () => reportProgress(resultLength(view))));
        static long resultLength(MappedView v) => v.At<SharedResult>(0).Summary.Length;

        report.WorkersMegabytesPerSecond = MegabytesPerSecond(file.Size, start, shared.LastChange);
        report.Workers.Add(new DemoReport.Worker(first.Id, $"0x{shared.First.Address:x}", shared.First.Turns, shared.First.Chunks));
        report.Workers.Add(new DemoReport.Worker(second.Id, $"0x{shared.Second.Address:x}", shared.Second.Turns, shared.Second.Chunks));
        report.Checksum = string.Create(CultureInfo.InvariantCulture, $"{shared.Summary.Checksum:x16}");
        for (int i = 0; i < report.Workers.Count; i++)
        {
            _output.Line($"worker {i + 1}", $"{DemoOutput.Number(report.Workers[i].Turns)} turns, {DemoOutput.Number(report.Workers[i].Chunks)} parts");
        }

        _output.Line("result", $"{DemoOutput.Number(shared.Summary.Length)} bytes of {shared.Summary.DifferentValues} values, checksum {report.Checksum}");
        Check(report, $"each of the {DemoOutput.Number(report.Chunks)} parts was counted once", shared.First.Chunks + shared.Second.Chunks == report.Chunks);
        return shared.Summary;
    }

    /// <summary>Both must end well. One that died in its turn has taken the turn with it, so the other cannot go on either.</summary>
    private void Await(DemoProcess first, DemoProcess second, Action look)
    {
        DemoProcess[] running = [first, second];
        while (running.Length > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            running[0].WaitForExit(BetweenLooks);
            foreach (DemoProcess worker in running.Where(worker => worker.HasEnded && worker.ExitCodeOfEnded != ExitCode.Success))
            {
                throw new IOException($"The worker process {worker.Id} ended with {worker.ExitCodeOfEnded} before its work was done.");
            }

            running = [.. running.Where(worker => !worker.HasEnded)];
            look();
        }
    }

    private void CompareWithPlainRead(in ByteSummary together, DemoReport report)
    {
        _output.Heading("4. One process reads the file the plain way");
        ByteSummary alone = default;
        long start = Stopwatch.GetTimestamp();
        _output.Track("One process reads", report.Bytes, reportProgress =>
        {
            using var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            byte[] buffer = new byte[BufferSize];
            while (alone.Length < report.Bytes)
            {
                _cancellation.ThrowIfCancellationRequested();
                int count = stream.Read(buffer, 0, (int)Math.Min(BufferSize, report.Bytes - alone.Length));
                if (count == 0)
                {
                    break;
                }

                alone.Add(ByteSummary.Of(buffer.AsSpan(0, count), alone.Length));
                reportProgress(alone.Length);
            }
        });
        report.PlainReadMegabytesPerSecond = MegabytesPerSecond(alone.Length, start, Stopwatch.GetTimestamp());
        _output.Line("result", $"{DemoOutput.Number(alone.Length)} bytes of {alone.DifferentValues} values, checksum {alone.Checksum:x16}");
        Check(report, "both results are the same: no byte missed, none counted twice, no turn lost", alone.Equals(together));
    }

    private void WriteThroughView(DemoReport report)
    {
        _output.Heading("5. A temporary copy is written through a view");
        TemporaryCopy? made = null;
        try
        {
            _output.Track("A copy is made", Math.Min(report.Bytes, TemporaryCopy.LongestLength), reportProgress =>
            {
                made = TemporaryCopy.Of(_path, report.Bytes, done =>
                {
                    _cancellation.ThrowIfCancellationRequested();
                    reportProgress(done);
                });
            });
            TemporaryCopy copy = made!;
            report.BytesWritten = copy.Length;
            _output.Line("copy", $"{copy.Path}, {(copy.Length < report.Bytes ? "the first " : "")}{DemoOutput.Number(copy.Length)} bytes");
            using (FileMapping mapping = FileMapping.Create(copy.Path, _name + "-copy"))
            {
                using MappedView view = mapping.MapView();
                InvertAll(view);
                long start = Stopwatch.GetTimestamp();
                view.Flush();
                report.FlushMilliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                _output.Line("flush", string.Create(CultureInfo.InvariantCulture, $"every byte inverted; on the disk after {report.FlushMilliseconds:0.0} ms, the view still mapped"));
                Check(report, "another process reads the file the plain way and finds every inverted byte", Witness(copy, inverted: true));

                // Back to what it was, and this time unmapping alone must do.
                InvertAll(view);
            }

            _output.Line("unmap", "every byte inverted back; the view unmapped without a flush");
            Check(report, "another process reads the file the plain way and finds it equal to the original", Witness(copy, inverted: false));
        }
        finally
        {
            made?.Dispose();
        }
    }

    private void InvertAll(MappedView view)
    {
        for (long at = 0; at < view.Length; at += BufferSize)
        {
            _cancellation.ThrowIfCancellationRequested();
            DemoReader.Invert(view.AsSpan(at, (int)Math.Min(BufferSize, view.Length - at)));
        }
    }

    private bool Witness(TemporaryCopy copy, bool inverted)
    {
        string[] arguments = [DemoReader.Verb, "--length", copy.Length.ToString(CultureInfo.InvariantCulture), .. inverted ? ["--inverted"] : Array.Empty<string>(), "--", copy.Path, _path];
        using DemoProcess reader = DemoProcess.Start(arguments);
        return reader.WaitForExit(_cancellation) == ExitCode.Success;
    }

    private void Conclude(DemoReport report)
    {
        int held = report.Checks.Count(check => check.Held);
        _output.Heading("In numbers");
        _output.Line("bytes", $"{DemoOutput.Number(report.Bytes)} shared, {DemoOutput.Number(report.BytesWritten)} written twice through a view");
        _output.Line("turns", string.Join(" and ", report.Workers.Select(worker => DemoOutput.Number(worker.Turns))));
        _output.Line("speed", $"{DemoOutput.Number(report.WorkersMegabytesPerSecond)} MB/s by two processes, {DemoOutput.Number(report.PlainReadMegabytesPerSecond)} MB/s by one plain read");
        _output.Line("checks", $"{held} of {report.Checks.Count} held");
    }

    private void Check(DemoReport report, string what, bool held)
    {
        var check = new DemoReport.Check(what, held);
        report.Checks.Add(check);
        _output.Check(check);
    }

    private static double MegabytesPerSecond(long bytes, long start, long end) => bytes / 1e6 / Math.Max(Stopwatch.GetElapsedTime(start, end).TotalSeconds, 1e-9);
}
