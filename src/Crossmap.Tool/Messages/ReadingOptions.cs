using System.CommandLine;
using System.Globalization;
using System.Threading.Channels;

namespace Crossmap.Tool.Messages;

/// <summary>What <c>receive</c> and <c>subscribe</c> share: how messages are written, and when it ends.</summary>
internal sealed class ReadingOptions
{
    private readonly Option<bool> _lengthPrefixed = Framing.LengthPrefixed();
    private readonly Option<long?> _count = new("--count") { Description = "Ends after so many messages.", HelpName = "N" };

    private readonly Option<TimeSpan?> _timeout = TimeoutOption.Create(
        "Exits 124 when no message comes for so long; fractions are fine, 0 takes what is there. Without it the wait has no end.");

    public void AddTo(Command command)
    {
        command.Add(_lengthPrefixed);
        command.Add(_count);
        command.Add(_timeout);
    }

    /// <exception cref="UsageException">Fewer than one.</exception>
    public long CountIn(ParseResult parsed)
    {
        long count = parsed.GetValue(_count) ?? long.MaxValue;
        return count >= 1 ? count : throw new UsageException("At least one message is to be received.");
    }

    public MessageOutput Output(ParseResult parsed, BlockingCalls blocking) => new(blocking, parsed.GetValue(_lengthPrefixed));

    /// <summary>Reads until the channel is complete and nothing left, or so many have come.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="address">Of the channel.</param>
    /// <param name="signals">What may end it.</param>
    /// <param name="read">Given how long each wait may last, in milliseconds; -1 for no limit.</param>
    /// <returns>The exit code.</returns>
    public int Run(ParseResult parsed, ChannelAddress address, StopSignals signals, Action<int> read)
    {
        TimeSpan? timeout = parsed.GetValue(_timeout);
        try
        {
            read((int)(timeout?.TotalMilliseconds ?? -1));
            return ExitCode.Success;
        }
        catch (ChannelClosedException)
        {
            // Complete, and nothing left.
            return ExitCode.Success;
        }
        catch (TimeoutException)
        {
            CrossmapCommand.Say($"No message came through '{address.Text}' within {timeout!.Value.TotalSeconds.ToString(CultureInfo.InvariantCulture)} seconds.");
            return ExitCode.TimedOut;
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCodeOfSignal;
        }
    }
}
