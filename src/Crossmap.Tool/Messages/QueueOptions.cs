using System.CommandLine;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary>What <c>send</c> and <c>receive</c> share: which queue, and how it is made if it is not there. So it does not matter which begins.</summary>
internal sealed class QueueOptions
{
    private readonly Argument<string> _name = ChannelAddress.Argument("a queue");
    private readonly Option<bool> _existing = new("--existing") { Description = "An error if there is no such queue. Otherwise it is made." };
    private readonly Option<long?> _capacity = ByteCount.Option("--capacity", "For messages under way, if the queue is made; 1M if not given.");
    private readonly Option<bool> _single = new("--single") { Description = "If the queue is made: for one sender and one receiver at a time, which is faster." };
    private readonly Option<ObjectAudience> _audience = Audience.Option();

    public void AddTo(Command command)
    {
        command.Add(_name);
        command.Add(_existing);
        command.Add(_capacity);
        command.Add(_single);
        command.Add(_audience);
    }

    public ChannelAddress AddressOf(ParseResult parsed) => ChannelAddress.Of(parsed.GetRequiredValue(_name));

    public SharedQueue Open(ParseResult parsed)
    {
        ChannelAddress address = AddressOf(parsed);
        if (parsed.GetValue(_existing))
        {
            return address.IsFile ? SharedQueue.OpenFile(address.Text) : SharedQueue.Open(address.Text);
        }

        var options = new SharedQueueOptions
        {
            Capacity = parsed.GetValue(_capacity) ?? new SharedQueueOptions().Capacity,
            SingleProducerSingleConsumer = parsed.GetValue(_single),
            Audience = parsed.GetValue(_audience),
        };

        // One that is there is used as it is, whichever of the two kinds.
        return Find(address) ?? (address.IsFile ? SharedQueue.CreateOrOpenFile(address.Text, options) : SharedQueue.CreateOrOpen(address.Text, options));
    }

    private static SharedQueue? Find(ChannelAddress address) => address.IsFile
        ? new FileInfo(address.Text) is { Exists: true, Length: > 0 } ? SharedQueue.OpenFile(address.Text) : null
        : SharedQueue.TryOpen(address.Text, out SharedQueue? found) ? found : null;
}
