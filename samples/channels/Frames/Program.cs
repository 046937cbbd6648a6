using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Crossmap.Channels;

// One process is a camera, whose frames of 6 MB are written where its viewers read them: nobody copies them. It never waits for a viewer. One is fast, one is
// slow and misses frames, and one is killed while it looks at a frame, which nobody else notices. Run it without arguments; it starts the others itself.
const int Frames = 300, FrameLength = 1920 * 1080 * 3;
switch (args)
{
    case ["record", var name]:
        Record(name);
        return 0;
    case ["view", var name, var looks]:
        return View(name, int.Parse(looks, CultureInfo.InvariantCulture));
    default:
        return Run();
}

static void Record(string name)
{
    using Broadcast camera = Broadcast.Open(name);
    camera.Publisher.WaitForSubscribers(3);
    long begun = Stopwatch.GetTimestamp();
    for (int number = 0; number < Frames; number++)
    {
        using Claim frame = camera.Publisher.Claim(FrameLength);        // in the shared memory itself
        frame.Span.Fill((byte)number);
        frame.As<int>() = number;
        frame.Commit();
    }

    camera.Publisher.Complete();
    Console.WriteLine($"{Frames} frames of {FrameLength} bytes, {Rates(Frames, begun)}");
}

static int View(string name, int looks)
{
    using Broadcast camera = Broadcast.Open(name);
    using Subscriber viewer = camera.Subscribe();
    int whole = 0, spoilt = 0;
    long begun = Stopwatch.GetTimestamp();
    try
    {
        while (true)
        {
            BroadcastMessage frame = viewer.Read();
            int number = frame.As<int>();
            if (looks == 0)
            {
                Console.WriteLine("in the middle of a frame");
                Thread.Sleep(Timeout.Infinite);                         // until it is killed
            }

            bool isRight = frame.Length == FrameLength;
            for (int look = 0; look < looks; look++)
            {
                isRight &= frame.Span[sizeof(int)..].IndexOfAnyExcept((byte)number) < 0;
            }

            // The camera may have come round while this one looked: only now it is known whether what was seen was one frame.
            if (!frame.Release())
            {
                spoilt++;
            }
            else if (isRight)
            {
                whole++;
            }
            else
            {
                Console.WriteLine($"frame {number} is not what the camera wrote");
                return 1;
            }
        }
    }
    catch (ChannelClosedException)
    {
        // Complete, and nothing left.
    }

    Console.WriteLine($"saw {whole} frames whole, {viewer.Missed} missed, {spoilt} written over meanwhile; {Rates(whole + spoilt, begun)}");
    return whole > 0 && whole + viewer.Missed + spoilt == Frames ? 0 : 1;
}

static int Run()
{
    string name = $"frames-{Environment.ProcessId}";
    using Broadcast camera = Broadcast.Create(name, new BroadcastOptions { Capacity = 32 << 20, MaximumMessages = 8, Overrun = true });
    using Process fast = Start("view", name, "1"), slow = Start("view", name, "20"), doomed = Start("view", name, "0"), record = Start("record", name);
    string? middle = doomed.StandardOutput.ReadLine();
    doomed.Kill();
    doomed.WaitForExit();
    Console.WriteLine($"killed a viewer {middle}");
    Console.WriteLine($"the camera wrote {record.StandardOutput.ReadLine()}");
    Console.WriteLine($"the fast viewer {fast.StandardOutput.ReadLine()}");
    Console.WriteLine($"the slow viewer {slow.StandardOutput.ReadLine()}");
    record.WaitForExit();
    fast.WaitForExit();
    slow.WaitForExit();
    return record.ExitCode + fast.ExitCode + slow.ExitCode;
}

static string Rates(int frames, long begun)
{
    double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
    return string.Create(CultureInfo.InvariantCulture, $"{frames / seconds:F0} frames/s, {frames / seconds * FrameLength / 1e6:F0} MB/s");
}

static Process Start(params string[] arguments) =>
    Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
