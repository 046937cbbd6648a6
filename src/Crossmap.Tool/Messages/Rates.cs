using System.Diagnostics;
using System.Globalization;

namespace Crossmap.Tool.Messages;

/// <summary>Messages and bytes in each second, at the end in all; on standard error while that is a terminal, otherwise nothing.</summary>
internal sealed class Rates : IDisposable
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Timer? _timer;
    private long _messages, _bytes, _messagesSeen, _bytesSeen, _missed;
    private TimeSpan _seen;

    public Rates()
    {
        if (!Console.IsErrorRedirected)
        {
            _timer = new Timer(_ => Show(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>Messages that were lost, in all. Of one thread.</summary>
    public long Missed
    {
        set => Volatile.Write(ref _missed, value);
    }

    /// <summary>Of one thread.</summary>
    public void Count(int bytes)
    {
        _messages++;
        _bytes += bytes;
    }

    public void Dispose()
    {
        if (_timer is null)
        {
            return;
        }

        using (var done = new ManualResetEvent(false))
        {
            if (_timer.Dispose(done))
            {
                done.WaitOne();
            }
        }

        // At the end all of it, over the whole time.
        (_seen, _messagesSeen, _bytesSeen) = (TimeSpan.Zero, 0, 0);
        Show();
        Console.Error.WriteLine();
    }

    private void Show()
    {
        TimeSpan now = _watch.Elapsed;
        double seconds = (now - _seen).TotalSeconds;
        long messages = Volatile.Read(ref _messages), bytes = Volatile.Read(ref _bytes);
        long each = (long)((messages - _messagesSeen) / seconds);
        string rate = ByteCount.Readable((long)((bytes - _bytesSeen) / seconds));
        (_seen, _messagesSeen, _bytesSeen) = (now, messages, bytes);
        long missed = Volatile.Read(ref _missed);
        string lost = missed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {missed} missed");

        // Over the line before, and no rest of it behind.
        Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{messages} messages, {each}/s, {rate}/s{lost}\u001b[K"));
    }
}
