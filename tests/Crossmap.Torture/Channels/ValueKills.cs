using System.Runtime.CompilerServices;
using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>
/// Kills among writers, of whom there is one at a time, and readers of values, a small one and a large one. Whole values only, versions that only go up,
/// and a write that was cut short never was.
/// </summary>
internal sealed class ValueKills : ChannelKills
{
    public const string Name = "values";

    private const int Threads = 7, Values = 2, Small = 0, Large = 1;

    private static readonly TimeSpan BetweenQuietMoments = TimeSpan.FromMilliseconds(300);

    private SharedValue<SmallValue>? _small;
    private SharedValue<LargeValue>? _large;
    private long _before;

    public ValueKills(RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random)
        : base(folder, control, violations, options, random, Name, Threads, BetweenQuietMoments)
    {
    }

    public static ChannelThread[] ThreadsOf(WorkerOfChannels worker) =>
    [
        new ValueThread<SmallValue>(worker, 0, ChannelRole.Sender, Small),
        new ValueThread<LargeValue>(worker, 1, ChannelRole.Sender, Large),
        new ValueThread<SmallValue>(worker, 2, ChannelRole.Receiver, Small),
        new ValueThread<SmallValue>(worker, 3, ChannelRole.Receiver, Small),
        new ValueThread<LargeValue>(worker, 4, ChannelRole.Receiver, Large),
        new ValueThread<LargeValue>(worker, 5, ChannelRole.Receiver, Large),
        new ValueThread<LargeValue>(worker, 6, ChannelRole.Receiver, Large),
    ];

    public static SharedValue<T> OpenOne<T>(RunFolder folder, Ledger ledger, int number)
        where T : unmanaged => FileOf(folder, Name, ledger) is { } path
            ? SharedValue<T>.CreateOrOpenFile($"{path}-{number}")
            : SharedValue<T>.CreateOrOpen($"{NameOf(Name, ledger)}-{number}");

    protected override void OpenAnchor()
    {
        _small = OpenOne<SmallValue>(Folder, Ledger, Small);
        _large = OpenOne<LargeValue>(Folder, Ledger, Large);
    }

    protected override void CloseAnchor()
    {
        _small!.Dispose();
        _large!.Dispose();
    }

    protected override bool IsThere(string name)
    {
        bool isThere = SharedValue<SmallValue>.TryOpen($"{name}-{Small}", out SharedValue<SmallValue>? small) | SharedValue<LargeValue>.TryOpen($"{name}-{Large}", out SharedValue<LargeValue>? large);
        small?.Dispose();
        large?.Dispose();
        return isThere;
    }

    protected override void RemoveFile(string path)
    {
        for (int number = 0; number < Values; number++)
        {
            File.Delete($"{path}-{number}");
        }
    }

    protected override bool IsSender(int slot) => NumberOfWriter(slot) >= 0;

    /// <summary>Whether all readers that live have the latest version.</summary>
    protected override bool IsEmpty() => Slots.All(slot => IsSender(slot) || Volatile.Read(ref Ledger.NoteOf(slot).IsSubscribed) == 0 ||
        Volatile.Read(ref Ledger.NoteOf(slot).Received) >= Ledger.ValueOf(SyncSlot.ThreadOf(slot) >= 4 ? Large : Small).LatestWritten);

    protected override void Bury(ref SyncSlot slot, int number) => Ledger.NoteOf(number) = default;

    protected override void Settle(string when)
    {
        long written = Ledger.ValueOf(Small).LatestWritten + Ledger.ValueOf(Large).LatestWritten;
        Sent += written - _before;
        _before = written;
        Received = Sum((in SyncSlot slot) => slot.Signals);
    }

    protected override void Forget()
    {
        base.Forget();
        _before = 0;
        for (int number = 0; number < Values; number++)
        {
            Ledger.ValueOf(number) = default;
        }
    }

    private static int NumberOfWriter(int slot) => SyncSlot.ThreadOf(slot) is var thread and < Values ? thread : -1;

    [InlineArray(15)]
    private struct SmallValue
    {
        private long _first;
    }

    /// <summary>So large that who copies it is overtaken.</summary>
    [InlineArray(8000)]
    private struct LargeValue
    {
        private long _first;
    }
}
