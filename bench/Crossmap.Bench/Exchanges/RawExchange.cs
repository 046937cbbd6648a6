using System.Runtime.InteropServices;
using System.Text;

namespace Crossmap.Bench.Exchanges;

/// <summary>A way in C or C++: <c>bench/raw/exchange.h</c> says what one consists of.</summary>
internal sealed unsafe class RawExchange : Exchange
{
    private readonly string _way;
    private readonly void* _side;
    private readonly delegate* unmanaged<void*, void> _close;
    private readonly delegate* unmanaged<void*, int, long*, long> _send, _ping;
    private readonly delegate* unmanaged<void*, int, long> _receive, _pong;

    public RawExchange(string way, string place, int side)
    {
        _way = way;
        var open = (delegate* unmanaged<byte*, int, void*>)Call("open");
        _close = (delegate* unmanaged<void*, void>)Call("close");
        _ping = (delegate* unmanaged<void*, int, long*, long>)Call("ping");
        _pong = (delegate* unmanaged<void*, int, long>)Call("pong");
        _send = (delegate* unmanaged<void*, int, long*, long>)Call("send", orNone: true);
        _receive = (delegate* unmanaged<void*, int, long>)Call("receive", orNone: true);
        fixed (byte* name = Encoding.UTF8.GetBytes(place + '\0'))
        {
            _side = open(name, side);
        }

        if (_side is null)
        {
            throw new InvalidOperationException($"{way}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}");
        }
    }

    public override long Send(int count, long* slices) => _send(_side, count, slices);

    public override long Receive(int count) => _receive(_side, count);

    public override long Ping(int count, long* singles) => _ping(_side, count, singles);

    public override long Pong(int count) => _pong(_side, count);

    public override void Dispose() => _close(_side);

    private nint Call(string deed, bool orNone = false)
    {
        string name = $"bench_{_way}_{deed}";
        nint library = _way == "boost" ? RawLibrary.Boost : RawLibrary.Loaded;
        return !orNone || NativeLibrary.TryGetExport(library, name, out _) ? NativeLibrary.GetExport(library, name) : 0;
    }
}
