using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>
/// Kills among processes that send messages to one another. Every message is accounted for (<see cref="Ledger"/>). Now and then all sending ends, and
/// then, without anybody who comes anew, all that was sent must come to its receivers; or all die at once, and either the channel goes on with what is
/// in it, or it ends with them, and the next one is made by whoever is not killed in it.
/// </summary>
internal abstract class ChannelKills : ThreadKills
{
    /// <summary>Kills among those who make a new channel and join it, at most.</summary>
    private const int MostBirthKills = 4;

    private const int LongestBirthPause = 12;

    private readonly string _kind;
    private int _generations, _files;
    private bool _isOpen;

    protected ChannelKills(RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random, string kind, int threads, TimeSpan betweenQuietMoments)
        : base(folder, control, violations, options, random, WorkerOfChannels.Verb + kind, threads, betweenQuietMoments)
    {
        _kind = kind;
        Ledger = Ledger.Create(folder);
    }

    public override string Summary =>
        $"kills among {_kind}: {KillsSummary}; {Sent} sent, {Received} received, {Ledger.Shared.Redelivered} of them again; {_generations} channels, {_files} of them in a file";

    protected Ledger Ledger { get; }

    protected long Sent { get; set; }

    protected long Received { get; set; }

    protected override int LastPause => 2;

    protected string NameNow => NameOf(_kind, Ledger);

    public static ChannelKills Make(string kind, RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random) => kind switch
    {
        QueueKills.Name => new QueueKills(folder, control, violations, options, random),
        BroadcastKills.Name => new BroadcastKills(folder, control, violations, options, random),
        ValueKills.Name => new ValueKills(folder, control, violations, options, random),
        RequestKills.Name => new RequestKills(folder, control, violations, options, random),
        _ => throw new ArgumentException($"no kind of channel: {kind}"),
    };

    public static string NameOf(string kind, Ledger ledger) => $"torture-{kind}-{Volatile.Read(ref ledger.Shared.Generation)}";

    /// <summary>Where it lies, or null when it lies in memory.</summary>
    public static string? FileOf(RunFolder folder, string kind, Ledger ledger) => Volatile.Read(ref ledger.Shared.IsInFile) == 0 ? null : folder.DataFile(Names.DataFiles) + NameOf(kind, ledger);

    public override void Dispose()
    {
        base.Dispose();
        Close();
        RemoveFile();
        foreach (int slot in Slots)
        {
            Ledger.NoteOf(slot) = default;
        }

        Ledger.Dispose();
    }

    /// <summary>Opens the channel, or makes it: from here on it lives as long as the controller wants.</summary>
    protected abstract void OpenAnchor();

    protected abstract void CloseAnchor();

    /// <summary>Whether anything has the name of the channel, which has ended.</summary>
    protected abstract bool IsThere(string name);

    protected virtual void RemoveFile(string path) => File.Delete(path);

    /// <summary>Whether nothing is under way in the channel, by its own word.</summary>
    protected abstract bool IsEmpty();

    /// <summary>All that was sent is over: what is wrong with the account is a violation, and it begins anew.</summary>
    protected abstract void Settle(string when);

    /// <summary>The channel has ended with all that was in it.</summary>
    protected virtual void Forget()
    {
        Ledger.Settle(Slots);
        Ledger.Shared.Unexplained = 0;
    }

    protected override void Begin()
    {
        if (_isOpen)
        {
            if (Random.Next(2) == 0)
            {
                return;
            }

            // Nobody has it any more.
            Close();
            string name = NameNow;
            if (Ledger.Shared.IsInFile != 0 && Random.Next(2) == 0)
            {
                // It lies there, and whoever opens it goes on.
                Open();
                return;
            }

            if (Ledger.Shared.IsInFile == 0 && IsThere(name))
            {
                Violations.Add($"'{name}' is there, and all who had it open were killed");
            }

            RemoveFile();
            Forget();
        }

        Ledger.Shared.Generation++;
        Ledger.Shared.IsInFile = Random.Next(3) == 0 ? 1 : 0;
        _generations++;
        _files += Ledger.Shared.IsInFile;
        Open();
    }

    /// <summary>What is to be seen of the channel, or of one beside it.</summary>
    /// <param name="nameOf">Makes the channel's name, or its path, that of the one that is meant.</param>
    protected ChannelInfo Inspect(Func<string, string> nameOf) =>
        FileOf(Folder, _kind, Ledger) is { } path ? ChannelInfo.InspectFile(nameOf(path)) : ChannelInfo.Inspect(nameOf(NameNow));

    protected override bool Drain()
    {
        // Some die, and nobody comes who would put right what they left: the living must.
        KillSome(Random.Next(3));
        Volatile.Write(ref Control.Shared.Pause, 1);
        bool isEmpty = Reach(
            () => Slots.All(slot => !IsSender(slot) || !Lives(SyncSlot.ProcessOf(slot)) || Volatile.Read(ref Control.Sync(slot).Parked) != 0) && IsEmpty(),
            AttendLiving,
            isMissed: slot => Lives(SyncSlot.ProcessOf(slot)));
        if (isEmpty)
        {
            Settle("when all that was sent was over");
        }

        return isEmpty;
    }

    protected abstract bool IsSender(int slot);

    protected override void Signal()
    {
    }

    protected override void SignalLast()
    {
    }

    protected override void Bury(ref SyncSlot slot)
    {
    }

    protected override void Close(ref SyncSlot slot)
    {
    }

    protected override void NobodyOwnsAnything(string when)
    {
    }

    protected override string DescribeWait(in SyncSlot slot) => $"{NameNow}, at step {slot.Waits}";

    protected override string DescribeObjects()
    {
        try
        {
            ChannelInfo info = Inspect(name => name);
            return $"{info.Kind}, oldest {info.Oldest}, next {info.Next}, {info.Depth} not taken; " + string.Join("; ", info.Participants.Select(one =>
                $"place {one.Place}: process {one.ProcessId}{(one.IsAlive ? "" : " (dead)")}{(one.IsStopped == true ? " (stopped)" : "")} {one.Roles}, {one.Claims} claims, {one.Held} held, at {one.Position}, waits for {one.WaitsFor}"));
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return e.Message;
        }
    }

    /// <summary>By those who are started, of whom some are killed at it, and by the controller; nobody sends before he has it.</summary>
    private void Open()
    {
        Volatile.Write(ref Control.Shared.Pause, LastPause);
        for (int kills = Random.Next(MostBirthKills + 1); kills > 0; kills--)
        {
            StartMissing();
            Thread.Sleep(Random.Next(LongestBirthPause));
            KillSome(1 + Random.Next(2));
        }

        OpenAnchor();
        _isOpen = true;
        Volatile.Write(ref Control.Shared.Pause, 0);
    }

    private void Close()
    {
        if (_isOpen)
        {
            CloseAnchor();
            _isOpen = false;
        }
    }

    private void RemoveFile()
    {
        if (FileOf(Folder, _kind, Ledger) is { } path)
        {
            RemoveFile(path);
        }
    }
}
