using System.CommandLine;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary>What <c>send</c> and <c>receive</c> share.</summary>
internal sealed class QueueOptions() : ChannelOptions<SharedQueue>("a queue")
{
    private readonly Option<bool> _single = new("--single") { Description = "If the queue is made: for one sender and one receiver at a time, which is faster." };

    public override void AddTo(Command command)
    {
        base.AddTo(command);
        command.Add(_single);
    }

    protected override SharedQueue OpenExisting(ChannelAddress address) => address.IsFile ? SharedQueue.OpenFile(address.Text) : SharedQueue.Open(address.Text);

    protected override SharedQueue? TryOpen(string name) => SharedQueue.TryOpen(name, out SharedQueue? found) ? found : null;

    protected override SharedQueue Make(ChannelAddress address, ParseResult parsed, long? capacity, ObjectAudience audience)
    {
        var options = new SharedQueueOptions { SingleProducerSingleConsumer = parsed.GetValue(_single), Audience = audience };
        options = options with { Capacity = capacity ?? options.Capacity };
        return address.IsFile ? SharedQueue.CreateOrOpenFile(address.Text, options) : SharedQueue.CreateOrOpen(address.Text, options);
    }
}
