using System.Diagnostics;
using System.Threading.Channels;
using Crossmap.Channels;

// Two processes make jobs and two do them. One of those is killed in the middle of a job: the other does that one again, and nothing is lost.
// Run it without arguments; it starts the others itself.
const int Jobs = 1000;
switch (args)
{
    case ["produce", var queue, var producer]:
        Produce(queue, int.Parse(producer));
        return 0;
    case ["consume", var queue, var most]:
        Consume(queue, int.Parse(most));
        return 0;
    default:
        return Run();
}

static void Produce(string name, int producer)
{
    using SharedQueue queue = SharedQueue.Open(name);
    for (int number = 0; number < Jobs; number++)
    {
        using Claim claim = queue.Writer.Claim(sizeof(long));       // waits while the queue is full
        ref Job job = ref claim.As<Job>();                          // written in the shared memory itself
        job.Producer = producer;
        job.Number = number;
        claim.Commit();
    }
}

static void Consume(string name, int most)
{
    using SharedQueue queue = SharedQueue.Open(name);
    try
    {
        for (int done = 0; ; done++)
        {
            using Message message = queue.Reader.Read();
            ref readonly Job job = ref message.As<Job>();
            string what = $"{job.Producer} {job.Number} {(message.IsRedelivered ? "again" : "first")}";
            if (done == most)
            {
                Console.WriteLine($"begun {what}");
                Thread.Sleep(Timeout.Infinite);                     // in the middle of the job, until it is killed
            }

            Console.WriteLine($"done {what}");
        }                                                           // disposed here: only now the job is out of the queue
    }
    catch (ChannelClosedException)
    {
        // Complete, and nothing left.
    }
}

static int Run()
{
    string name = $"work-queue-{Environment.ProcessId}";
    using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 16384 });
    using Process first = Start("produce", name, "1"), second = Start("produce", name, "2");
    var done = new List<string>();
    string? again = null;
    void Note(string[] words)
    {
        done.Add($"{words[1]} {words[2]}");
        again = words[3] == "again" ? done[^1] : again;
    }

    // One consumer does some jobs and stays in the middle of one. The other works on meanwhile; once it does the first is killed.
    using Process doomed = Start("consume", name, "100");
    while (Line(doomed) is ["done", ..] words)
    {
        Note(words);
    }

    using Process steady = Start("consume", name, "-1");
    Note(Line(steady)!);
    doomed.Kill();
    Console.WriteLine("killed a consumer in the middle of a job");
    Task producers = Task.WhenAll(first.WaitForExitAsync(), second.WaitForExitAsync()).ContinueWith(_ => queue.Writer.Complete());
    while (Line(steady) is { } words)
    {
        Note(words);
    }

    producers.Wait();
    int different = done.Distinct().Count();
    Console.WriteLine($"delivered again: job {again}");
    Console.WriteLine($"{different} of {2 * Jobs} jobs done, {(2 * Jobs) - different} lost, {done.Count - different} done twice");
    return different == 2 * Jobs && done.Count == different && again is not null ? 0 : 1;
}

static Process Start(params string[] arguments) =>
    Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;

// The next line's words; null at the end.
static string[]? Line(Process process) => process.StandardOutput.ReadLine()?.Split(' ');

internal struct Job
{
    public int Producer, Number;
}
