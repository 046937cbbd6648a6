using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>An owner word in shared memory.</summary>
internal unsafe struct SharedOwnerWord : IOwnerWord
{
    private readonly uint* _word;
    private readonly OwnedWord _owned;
    private readonly RobustList _thread;
    private nint _armedBefore;

    /// <param name="owned">The word, which stays reachable meanwhile.</param>
    /// <param name="thread">The calling one.</param>
    public SharedOwnerWord(OwnedWord owned, RobustList thread)
    {
        _word = owned.Word;
        _owned = owned;
        _thread = thread;
    }

    /// <param name="word">One that this thread looks at and does not take.</param>
    /// <param name="thread">The calling one.</param>
    public SharedOwnerWord(uint* word, RobustList thread)
    {
        _word = word;
        _owned = null!;
        _thread = thread;
    }

    /// <summary>Where a thread sleeps for it.</summary>
    public readonly uint* Word => _word;

    public readonly uint Self => _thread.ThreadId;

    public readonly uint Read() => Volatile.Read(ref *_word);

    public readonly bool TryChange(uint from, uint to) => Interlocked.CompareExchange(ref *_word, to, from) == from;

    public void Arm() => _armedBefore = _thread.Arm(_word);

    public readonly void Disarm() => _thread.Restore(_armedBefore);

    public readonly void Enter()
    {
        if (_owned.TryEnter(_thread, out RobustList? owner))
        {
            return;
        }

        // Back to whose it is, as far as it is still the one that was just taken.
        uint seen = Read();
        while (MutexProtocol.OwnerOf(seen) == Self && !TryChange(seen, owner.ThreadId | (seen & MutexProtocol.Waiting)))
        {
            seen = Read();
        }

        Disarm();
        Errors.Throw(ERROR_FILE_CORRUPT, "The mutex's word was free, but another thread of this process owns the mutex: somebody has written to the word who must not.");
    }

    public readonly void Remove() => _owned.Leave(_thread);

    public readonly bool WakeOne() => Futex.Wake(_word, 1) > 0;

    public readonly void ClearWaitingAndWakeAll() => Futex.ClearWaitersAndWakeAll(_word);
}
