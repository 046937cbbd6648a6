using System.Text;
using Crossmap;

// Shares memory with a program in another language, asks it something, and prints what it answers.
string name = args.Length > 0 ? args[0] : "python-sample";
using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
using MappedView view = mapping.MapView();
using NamedSemaphore asked = NamedSemaphore.Create(name + ".asked", 0, 1), answered = NamedSemaphore.Create(name + ".answered", 0, 1);

Encoding.UTF8.GetBytes("What is 6 times 7?\0", view.AsSpan());
asked.Release();
Console.WriteLine($"Asked. Now run answer.py {name} in another terminal.");

answered.Wait();
Span<byte> bytes = view.AsSpan();
Console.WriteLine($"The answer: {Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)])}");
