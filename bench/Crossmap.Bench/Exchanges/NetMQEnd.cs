using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetMQ;
using NetMQ.Sockets;

namespace Crossmap.Bench.Exchanges;

/// <summary>NetMQ's sockets of the kind for one other side. Its <c>ipc</c> is TCP to this machine too, with the port in the place of the name.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "It is disposable; the rule does not see that in a structure.")]
internal readonly struct NetMQEnd : IEnd
{
    private const string Address = "tcp://127.0.0.1";

    private readonly PairSocket _socket;

    public NetMQEnd(string place, int side)
    {
        _socket = new PairSocket();
        if (side == 1)
        {
            File.WriteAllText(place, _socket.BindRandomPort(Address).ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            _socket.Connect($"{Address}:{File.ReadAllText(place)}");
        }
    }

    public void Send(in Message64 message)
    {
        var sent = default(Msg);
        sent.InitPool(Unsafe.SizeOf<Message64>());
        MemoryMarshal.Write(sent.Slice(), message);
        _socket.Send(ref sent, more: false);
        sent.Close();
    }

    public void Receive(out Message64 message)
    {
        var received = default(Msg);
        received.InitEmpty();
        _socket.Receive(ref received);
        message = MemoryMarshal.Read<Message64>(received.Slice());
        received.Close();
    }

    public void Dispose()
    {
        _socket.Dispose();
        NetMQConfig.Cleanup(block: false);
    }
}
