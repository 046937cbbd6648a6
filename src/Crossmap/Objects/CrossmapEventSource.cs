using System.Diagnostics.Tracing;

namespace Crossmap.Objects;

/// <summary>What a running process can be asked about the library's health (<c>dotnet-counters</c>, <c>dotnet-trace</c>).</summary>
[EventSource(Name = "Crossmap")]
internal sealed class CrossmapEventSource : EventSource
{
    public static CrossmapEventSource Log { get; } = new();

    private long _abandonedViews;
    private PollingCounter? _counter;

    /// <summary>A view was collected and never disposed. It stays mapped: a span may still point into it.</summary>
    [Event(1, Level = EventLevel.Warning, Message = "A view of {0} bytes was collected without Dispose and stays mapped until the process ends.")]
    public void ViewAbandoned(long bytes)
    {
        Interlocked.Increment(ref _abandonedViews);
        if (IsEnabled())
        {
            WriteEvent(1, bytes);
        }
    }

    protected override void OnEventCommand(EventCommandEventArgs command)
    {
        if (command.Command == EventCommand.Enable)
        {
            _counter ??= new PollingCounter("abandoned-views", this, () => Interlocked.Read(ref _abandonedViews)) { DisplayName = "Views collected without Dispose" };
        }
    }

    protected override void Dispose(bool disposing)
    {
        _counter?.Dispose();
        base.Dispose(disposing);
    }
}
