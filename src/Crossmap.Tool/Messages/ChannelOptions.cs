using System.CommandLine;

namespace Crossmap.Tool.Messages;

/// <summary>What both verbs of a kind of channel share: which one, and how it is made if it is not there. So it does not matter which begins.</summary>
/// <param name="kind">With its article: "a queue".</param>
internal abstract class ChannelOptions<T>(string kind)
    where T : class
{
    private readonly Argument<string> _name = ChannelAddress.Argument(kind);
    private readonly Option<bool> _existing = new("--existing") { Description = $"An error if there is no such {Words.Noun(kind)}. Otherwise it is made." };
    private readonly Option<long?> _capacity = ByteCount.Option("--capacity", $"For messages under way, if the {Words.Noun(kind)} is made; 1M if not given.");
    private readonly Option<ObjectAudience> _audience = Audience.Option();

    public virtual void AddTo(Command command)
    {
        command.Add(_name);
        command.Add(_existing);
        command.Add(_capacity);
        command.Add(_audience);
    }

    public ChannelAddress AddressOf(ParseResult parsed) => ChannelAddress.Of(parsed.GetRequiredValue(_name));

    public T Open(ParseResult parsed)
    {
        ChannelAddress address = AddressOf(parsed);

        // One that is there is used as it is, whatever it was made with.
        return parsed.GetValue(_existing) ? OpenExisting(address) : Find(address) ?? Make(address, parsed, parsed.GetValue(_capacity), parsed.GetValue(_audience));
    }

    /// <exception cref="FileNotFoundException">There is none.</exception>
    protected abstract T OpenExisting(ChannelAddress address);

    /// <summary>One in memory; null if there is none.</summary>
    protected abstract T? TryOpen(string name);

    /// <param name="address">Where.</param>
    /// <param name="parsed">For options of the kind's own.</param>
    /// <param name="capacity">Bytes; null if nothing was said.</param>
    /// <param name="audience">Of one in memory.</param>
    protected abstract T Make(ChannelAddress address, ParseResult parsed, long? capacity, ObjectAudience audience);

    private T? Find(ChannelAddress address) =>
        !address.IsFile ? TryOpen(address.Text) : new FileInfo(address.Text) is { Exists: true, Length: > 0 } ? OpenExisting(address) : null;
}
