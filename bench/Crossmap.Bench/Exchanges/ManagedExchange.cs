using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crossmap.Bench.Exchanges;

/// <summary>64 bytes. The first and the last word say which message it is: a reader sees a lost one and a torn one.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct Message64
{
    public long First;
    private readonly long _second, _third, _fourth, _fifth, _sixth, _seventh;
    public long Last;

    public readonly bool IsNumber(int number) => First == number && Last == number;
}

/// <summary>How a managed way sends and receives one message. A structure, so that the loops below are compiled for it alone, as in C.</summary>
internal interface IEnd : IDisposable
{
    void Send(in Message64 message);

    void Receive(out Message64 message);
}

/// <summary>The loops of <c>bench/raw/exchange.h</c> in C#.</summary>
internal sealed unsafe class ManagedExchange<TEnd>(TEnd end) : Exchange
    where TEnd : struct, IEnd
{
    private TEnd _end = end;

    public override long Send(int count, long* slices)
    {
        Message64 message = default;
        long start = Stopwatch.GetTimestamp(), last = start;
        for (int i = 0; i < count; i++)
        {
            message.First = message.Last = i;
            _end.Send(message);
            if ((i + 1) % Slice == 0)
            {
                long time = Stopwatch.GetTimestamp();
                slices[i / Slice] = time - last;
                last = time;
            }
        }

        return Stopwatch.GetTimestamp() - start;
    }

    public override long Receive(int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            _end.Receive(out Message64 message);
            if (!message.IsNumber(i))
            {
                return -1;
            }
        }

        return Stopwatch.GetTimestamp() - start;
    }

    public override long Ping(int count, long* singles)
    {
        Message64 message = default;
        long start = Stopwatch.GetTimestamp(), last = start;
        for (int i = 0; i < count; i++)
        {
            message.First = message.Last = i;
            _end.Send(message);
            _end.Receive(out Message64 answer);
            if (!answer.IsNumber(i))
            {
                return -1;
            }

            if (singles is not null)
            {
                long time = Stopwatch.GetTimestamp();
                singles[i] = time - last;
                last = time;
            }
        }

        return Stopwatch.GetTimestamp() - start;
    }

    public override long Pong(int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            _end.Receive(out Message64 message);
            _end.Send(message);
        }

        return Stopwatch.GetTimestamp() - start;
    }

    public override void Dispose() => _end.Dispose();
}
