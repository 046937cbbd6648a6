using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Runtime.CompilerServices;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Views that were collected and never disposed stay mapped, and are counted.</summary>
public class AbandonedViews
{
    private const int Count = 3, Length = 8192;

    [Fact]
    public void Are_told_one_by_one_and_counted()
    {
        using ChildProcess child = ChildProcess.Start(Abandon);
        child.Finish();
    }

    [ChildScenario]
    internal static void Abandon(string[] arguments)
    {
        using var listener = new Listener();
        using FileMapping mapping = FileMapping.CreateInMemory(Length);
        nint[] addresses = Forget(mapping);
        using (MappedView disposed = mapping.MapView())
        {
            Assert.DoesNotContain(disposed.Address, addresses);
        }

        for (int i = 0; i < Count; i++)
        {
            // A collection may leave out what a register still holds.
            while (!listener.Abandoned.TryTake(out long bytes, TimeSpan.FromMilliseconds(10)) || bytes != Length)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }

        while (listener.Counted.Take() < Count)
        {
        }

        Assert.Empty(listener.Abandoned);

        // Still mapped, and with their bytes.
        mapping.Dispose();
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(0x1234_5678, System.Runtime.InteropServices.Marshal.ReadInt32(addresses[i]));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint[] Forget(FileMapping mapping)
    {
        nint[] addresses = new nint[Count];
        for (int i = 0; i < Count; i++)
        {
#pragma warning disable CROSSMAP001 // Abandoned on purpose.
            MappedView view = mapping.MapView();
#pragma warning restore CROSSMAP001
            view.At<int>(0) = 0x1234_5678;
            addresses[i] = view.Address;
        }

        return addresses;
    }

    private sealed class Listener : EventListener
    {
        public BlockingCollection<long> Abandoned { get; } = [];

        public BlockingCollection<double> Counted { get; } = [];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Crossmap")
            {
                EnableEvents(eventSource, EventLevel.Warning, EventKeywords.All, new Dictionary<string, string?> { ["EventCounterIntervalSec"] = "1" });
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName == "ViewAbandoned")
            {
                Abandoned.Add(Convert.ToInt64(eventData.Payload![0], CultureInfo.InvariantCulture));
            }
            else if (eventData.EventName == "EventCounters" && eventData.Payload![0] is IDictionary<string, object> counter && (string)counter["Name"] == "abandoned-views")
            {
                Counted.Add(Convert.ToDouble(counter["Mean"], CultureInfo.InvariantCulture));
            }
        }
    }
}
