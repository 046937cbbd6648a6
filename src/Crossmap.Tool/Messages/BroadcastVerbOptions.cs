using System.CommandLine;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary>What <c>publish</c> and <c>subscribe</c> share.</summary>
internal sealed class BroadcastVerbOptions() : ChannelOptions<Broadcast>("a broadcast")
{
    private readonly Option<bool> _overrun = new("--overrun")
    {
        Description = "If the broadcast is made: publishers never wait, and slow subscribers miss messages. Otherwise publishers wait for the slowest one.",
    };

    public override void AddTo(Command command)
    {
        base.AddTo(command);
        command.Add(_overrun);
    }

    protected override Broadcast OpenExisting(ChannelAddress address) => address.IsFile ? Broadcast.OpenFile(address.Text) : Broadcast.Open(address.Text);

    protected override Broadcast? TryOpen(string name) => Broadcast.TryOpen(name, out Broadcast? found) ? found : null;

    protected override Broadcast Make(ChannelAddress address, ParseResult parsed, long? capacity, ObjectAudience audience)
    {
        var options = new BroadcastOptions { Overrun = parsed.GetValue(_overrun), Audience = audience };
        options = options with { Capacity = capacity ?? options.Capacity };
        return address.IsFile ? Broadcast.CreateOrOpenFile(address.Text, options) : Broadcast.CreateOrOpen(address.Text, options);
    }
}
