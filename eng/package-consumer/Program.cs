// Two processes of one executable: the first makes a named mapping and a queue, and waits; the second finds them by name, reads, answers, and
// hands over.
using System.Diagnostics;
using Crossmap;
using Crossmap.Channels;

const long Question = 0x0123_4567_89AB_CDEF;
TimeSpan patience = TimeSpan.FromSeconds(60);

#if LEAK
// Only compiled to see the package's analyzer speak.
FileMapping.Open("leak").MapView().At<int>(0) = 1;
#endif

if (args is ["second", var given])
{
    using FileMapping opened = FileMapping.Open(given);
    using MappedView other = opened.MapView();
    using NamedSemaphore answered = NamedSemaphore.Open(given + "-answered");
    if (opened.Size != 1 << 20 || other.At<long>(65536) != Question)
    {
        Console.Error.WriteLine($"The second process sees {opened.Size} bytes and 0x{other.At<long>(65536):X}.");
        return 1;
    }

    using (SharedQueue messages = SharedQueue.Open(given + "-messages"))
    {
        messages.Writer.Write(Question);
    }

    other.At<long>(0) = ~other.At<long>(65536);
    answered.Release();
    return 0;
}

string name = $"crossmap-package-{Environment.ProcessId}";
using FileMapping mapping = FileMapping.CreateInMemory(1 << 20, name);
using MappedView view = mapping.MapView();
using NamedSemaphore turn = NamedSemaphore.Create(name + "-answered", initialCount: 0, maximumCount: 1);
using SharedQueue queue = SharedQueue.Create(name + "-messages");
view.At<long>(65536) = Question;
using Process second = Process.Start(Environment.ProcessPath!, ["second", name]);
bool handedOver = turn.Wait(patience);
if (!second.WaitForExit(patience))
{
    second.Kill();
    Console.Error.WriteLine("The second process does not end.");
    return 1;
}

if (!handedOver || second.ExitCode != 0 || view.At<long>(0) != ~Question)
{
    Console.Error.WriteLine($"No hand-over: waited {handedOver}, exit code {second.ExitCode}, answer 0x{view.At<long>(0):X}.");
    return 1;
}

using Message message = queue.Reader.Read((int)patience.TotalMilliseconds);
if (message.As<long>() != Question)
{
    Console.Error.WriteLine($"The message is 0x{message.As<long>():X}.");
    return 1;
}

Console.WriteLine("handed over");
return 0;
