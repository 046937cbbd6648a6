using System.Runtime.InteropServices;
using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>A thread that writes a value whenever nobody else does, or one that reads it.</summary>
/// <typeparam name="T">Whose words tell the version and who wrote it, and are a pattern of both.</typeparam>
internal sealed class ValueThread<T>(WorkerOfChannels worker, int thread, ChannelRole role, int number) : ChannelThread(worker, thread, role)
    where T : unmanaged
{
    private const int HeadWords = 2;

    private readonly bool _isWriter = role == ChannelRole.Sender;
    private SharedValue<T> _value = null!;
    private long _version, _writer;

    private ref Ledger.Value Known => ref Ledger.ValueOf(number);

    protected override void Open()
    {
        _value = ValueKills.OpenOne<T>(Worker.Folder, Ledger, number);
        _version = 0;
        if (!_isWriter)
        {
            Note = default;
            Volatile.Write(ref Note.IsSubscribed, 1);
        }
    }

    protected override void Act()
    {
        if (_isWriter)
        {
            Write();
        }
        else
        {
            Read();
        }

        if (Random.Next(LeaveOdds) == 0)
        {
            if (_isWriter)
            {
                // Whoever writes next finds nobody.
                Interlocked.CompareExchange(ref Known.Writer, 0, Identity);
            }

            Note = default;
            _value.Dispose();
            Open();
        }
    }

    private void Write()
    {
        ValueWrite<T> write = default;
        if (!Await(() => TryRole(() => write = _value.BeginWrite())))
        {
            return;
        }

        long before = Interlocked.Exchange(ref Known.Writer, Identity);
        if (before != 0 && before != Identity && !Control.WasKilled(GuardedRecord.SlotOf(before), GuardedRecord.LifeOf(before)))
        {
            Violation($"two writers: {GuardedRecord.Describe(before)} lives and has not left");
        }

        long version = write.Version, written = Known.LatestWritten, begun = Known.LatestBegun;
        if (version <= written || version > begun + 1)
        {
            Violation($"version {version} is to be written next; {written} was written surely, and {begun} begun");
        }

        Known.LatestBegun = version;
        Span<long> words = MemoryMarshal.Cast<T, long>(MemoryMarshal.CreateSpan(ref write.Value, 1));
        Fill(words[..(words.Length / 2)], 0, version);
        Linger();
        Fill(words[(words.Length / 2)..], words.Length / 2, version);
        if (FindWrong(words) is { } wrong)
        {
            Violation($"what it writes was written over: {wrong}");
        }

        if (Random.Next(32) == 0)
        {
            write.Dispose();
            return;
        }

        write.Commit();
        Volatile.Write(ref Known.LatestWritten, version);
    }

    private void Read()
    {
        long written = Volatile.Read(ref Known.LatestWritten);
        if (_version >= written || Random.Next(2) == 0)
        {
            try
            {
                long seen = _version;
                _value.WaitForChange(ref seen, cancellationToken: Stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        for (int looks = Random.Next(1, 8); looks > 0; looks--)
        {
            written = Volatile.Read(ref Known.LatestWritten);
            bool isThere = _value.TryRead(out T value, out long version);
            if (!isThere || version < written || version < _version)
            {
                Violation($"version {version} is read when {written} was written, and {_version} read before");
                return;
            }

            if (version > Volatile.Read(ref Known.LatestBegun))
            {
                Violation($"version {version} is read, and was never begun");
            }

            ReadOnlySpan<long> words = MemoryMarshal.Cast<T, long>(new ReadOnlySpan<T>(in value));
            if ((FindWrong(words) ?? (words[0] != version ? $"the words of version {words[0]}" : null)) is { } wrong)
            {
                Violation($"torn: version {version} has {wrong}");
            }
            else if (version == _version && words[1] != _writer)
            {
                Violation($"version {version} is that of {GuardedRecord.Describe(words[1])}, and was that of {GuardedRecord.Describe(_writer)} before");
            }

            (_version, _writer) = (version, words[1]);
            Slot.Signals++;
        }

        Volatile.Write(ref Note.Received, _version);
    }

    private void Fill(Span<long> words, int first, long version)
    {
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = first + i == 0 ? version : first + i == 1 ? Identity : Pattern(version, Identity, first + i);
        }
    }

    private static string? FindWrong(ReadOnlySpan<long> words)
    {
        for (int i = HeadWords; i < words.Length; i++)
        {
            if (words[i] != Pattern(words[0], words[1], i))
            {
                return $"a word {i} that version {words[0]} of {GuardedRecord.Describe(words[1])} has not";
            }
        }

        return null;
    }

    private static long Pattern(long version, long writer, int word) => unchecked((((version * 31) + writer) * 1_000_003) + (word * 0x9E37_79B9L));
}
