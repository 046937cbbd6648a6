using System.Globalization;
using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>A mutex at the end of its object's header, or in a view.</summary>
internal sealed unsafe class LinuxMutex : Objects.Mutex, IOneOfSeveral
{
    private readonly StoreHandle? _handle;
    private readonly OwnedWord _word;

    /// <summary>Takes the handle over, also when it fails.</summary>
    public LinuxMutex(StoreHandle handle)
    {
        _handle = handle;
        CreatedNew = handle.CreatedNew;
        try
        {
            _word = handle.OwnedWord();
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>In a view.</summary>
    public LinuxMutex(OwnedWord word, bool createdNew)
    {
        _word = word;
        CreatedNew = createdNew;
    }

    public override bool CreatedNew { get; }

    public override MutexState State => StateOf(_word.State);

    /// <summary>What a mutex's word tells.</summary>
    public static MutexState StateOf(uint word)
    {
        uint owner = MutexProtocol.OwnerOf(word);
        return new MutexState(owner != 0, MutexProtocol.IsAbandoned(word), owner == 0 ? 0 : ProcessOf(owner));
    }

    public override WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation) => _word.Wait(timeoutMilliseconds, cancellation);

    public override bool TryRelease() => _word.TryRelease();

    public override int ReleaseAll() => _word.ReleaseAll();

    public override WaitResult TakeAgain(int depth) => _word.TakeAgain(depth);

    public FilePlace Identity => _word.Place;

    public StoreHandle? Object => _handle;

    public uint* SleepWord => _word.Word;

    public uint Arrive() => 0;

    /// <summary>By one look: what <see cref="Arrive"/> gives, and whether it could be taken now.</summary>
    public bool Look(out uint arrived)
    {
        arrived = 0;
        return _word.IsThere;
    }

    public bool IsThere(uint arrived) => _word.IsThere;

    public WaitResult TryTake(uint arrived) => _word.Wait(0, CancellationToken.None);

    public bool TryPrepareSleep(uint arrived, out Futex.SleptOn place) => _word.TryPrepareSleep(out place);

    public void GiveBack(WaitResult taken) => _word.TryRelease(markAbandoned: taken == WaitResult.Abandoned);

    /// <summary>Who sleeps for it in the calling thread's place.</summary>
    public StandIn StandIn() => Linux.StandIn.For(_word);

    public OwnedWord.Guard Guard() => _word.Arm();

    /// <summary>
    /// Closes the handle and releases nothing (fact 238): the word stays with the thread that owns it, unless nobody can ever wait for it again,
    /// which in a view nobody can tell.
    /// </summary>
    public override void Dispose()
    {
        _handle?.Dispose();
        if (_handle is { WasLast: true })
        {
            _word.Forget();
        }
    }

    /// <summary>0 when the thread is gone, or not for the caller to see.</summary>
    private static int ProcessOf(uint thread)
    {
        try
        {
            string? line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}/status")).FirstOrDefault(l => l.StartsWith("Tgid:", StringComparison.Ordinal));
            return line is not null && int.TryParse(line.AsSpan(5), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out int process) ? process : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
