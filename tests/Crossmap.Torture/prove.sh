#!/usr/bin/env bash
# Proves that the torture finds what it is there to find. In a copy of the sources each check of the protocols gets a switch that takes it
# out; then torture must report a violation for every switch, and none when all checks stand. A check that is not found in the sources any
# more is an error, never a pass.
#
# usage: prove.sh [most seconds for each check, default 120; the first violation ends a run]
set -eu
seconds=${1:-120}
root=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d "${TMPDIR:-/tmp}/crossmap-prove-XXXXXX")
running=()
end() { # A run that is interrupted here and now removes what it has in /dev/shm before it ends.
    trap '' HUP INT TERM
    if [[ ${#running[@]} -gt 0 ]]; then
        kill "${running[@]}" 2> /dev/null || true
        wait "${running[@]}" || true
    fi
    rm -rf "$copy"
}
trap end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
linux=$copy/src/Crossmap/Linux
channels=../../Crossmap.Channels

tar -C "$root" --exclude=bin --exclude=obj -c \
    .editorconfig Directory.Build.props Directory.Packages.props README.md global.json \
    src/Crossmap src/Crossmap.Analyzers src/Crossmap.Channels tests/Crossmap.Torture | tar -C "$copy" -x

replace() { # file, old text, new text: exactly one place, or this script is out of date
    local text rest
    text=$(< "$linux/$1")
    rest=${text#*"$2"}
    if [[ $rest == "$text" || ${rest#*"$2"} != "$rest" ]]; then
        echo "prove: what is to be taken out is not in $1, or not only once; mend prove.sh: $2"
        exit 1
    fi
    printf '%s\n' "${text%%"$2"*}$3$rest" > "$linux/$1"
}

cat > "$linux/Fault.cs" <<'CODE'
namespace Crossmap.Linux;

internal static class Fault
{
    private static readonly string? s_current = Environment.GetEnvironmentVariable("CROSSMAP_FAULT");

    public static bool Is(string name) => s_current == name;
}
CODE

# What an open without its check falls into is a burial between two of its calls, a microsecond wide on a quiet machine. So it dawdles there,
# once with the check in place, which then must find nothing, and once without.
replace Store/ObjectStore.cs '            // Somebody holds it, or probes as we do.' '            if (Fault.Is("slow-open") || Fault.Is("open-without-name-check")) { Thread.Sleep(1); }

            // Somebody holds it, or probes as we do.'
replace Store/ObjectStore.cs '        int again = OpenFile(folder, fileName);' '        int again = Fault.Is("open-without-name-check") ? Reopen(locked, O_RDWR) : OpenFile(folder, fileName);'
replace Store/ObjectStore.cs 'bool last = liveness.TryExclusive();' 'bool last = liveness.TryExclusive() || Fault.Is("close-without-exclusive-lock");'
replace Store/ObjectStore.cs '                if (!liveness.TryShared())' '                if (!Fault.Is("create-without-lock") && !liveness.TryShared())'
replace Waiting/SharedStateWord.cs '=> _armedBefore = RobustList.Current.Arm(Gate);' '{ _armedBefore = RobustList.Current.Arm(Gate); if (Fault.Is("nobody-armed")) { DisarmDeathWake(); } }'
replace Waiting/WaitProtocol.cs '        word.ArmDeathWake();
        bool all' '        word.ArmDeathWake();
        if (Fault.Is("releaser-not-armed")) { word.DisarmDeathWake(); }
        bool all'
replace Waiting/OwnedWord.cs 'thread.Enter(this);' 'if (!Fault.Is("owner-not-entered")) { thread.Enter(this); }'
replace Waiting/OwnedWord.cs 'thread.Remove(this);' 'if (!Fault.Is("owner-not-entered")) { thread.Remove(this); }'
replace Waiting/SharedOwnerWord.cs '=> _armedBefore = _thread.Arm(_word);' '{ _armedBefore = _thread.Arm(_word); if (Fault.Is("owner-not-armed")) { Disarm(); } }'
replace Waiting/OwnedWord.cs '_shared.Arm();' '_shared.Arm(); if (Fault.Is("several-not-armed")) { _shared.Disarm(); }'
replace Waiting/StandIn.cs 'using OwnedWord.Guard guard = word.Arm();' 'using OwnedWord.Guard guard = word.Arm(); if (Fault.Is("stand-in-not-armed")) { guard.Dispose(); }'
replace Waiting/MutexProtocol.cs 'word.TryChange(seen, (seen & Waiting) |' 'word.TryChange(seen, (seen & (Fault.Is("waiting-dropped-at-release") ? 0 : Fault.Is("mark-kept") ? Waiting | OwnerDied : Waiting)) |'
replace Waiting/MutexProtocol.cs 'word.TryChange(seen, word.Self | (seen & Waiting))' 'word.TryChange(seen, word.Self | (seen & (Fault.Is("mark-kept") ? Waiting | OwnerDied : Waiting)))'
replace Waiting/ReaderWriterProtocol.cs 'if (MutexProtocol.OwnerOf(writer.Read()) == 0)' 'if (MutexProtocol.OwnerOf(writer.Read()) == 0 || Fault.Is("reader-does-not-look"))'
replace Waiting/ReaderWriterProtocol.cs '        for (int slot = 0; slot < words.Slots; slot++)' '        for (int slot = Fault.Is("writer-misses-a-place") ? 1 : 0; slot < words.Slots; slot++)'
replace Waiting/ReaderWriterProtocol.cs 'words.IsWriting = true;' 'words.IsWriting = !Fault.Is("writer-not-marked");'
replace Waiting/ReaderWriterProtocol.cs '        word.Arm();' '        word.Arm(); if (Fault.Is("looker-not-armed")) { word.Disarm(); }'
replace Waiting/ReaderWriterProtocol.cs '        MutexProtocol.HandOn(ref word);' '        if (Fault.Is("looker-hands-nothing-on")) { word.Disarm(); } else { MutexProtocol.HandOn(ref word); }'
replace Waiting/LinuxCondition.cs 'EventProtocol.Pulse(ref word, manual: true);' 'EventProtocol.Pulse(ref word, manual: !Fault.Is("condition-wakes-one"));'
replace ../Objects/Condition.cs 'int depth = mutex.ReleaseAll();' 'int depth = mutex.ReleaseAll(); if (Linux.Fault.Is("condition-arrives-late")) { Thread.Yield(); arrived = Arrive(); }'
replace ../Objects/Condition.cs 'return taken == WaitResult.Abandoned ? taken :' 'return taken == WaitResult.Abandoned && !Linux.Fault.Is("condition-tells-of-nobody") ? taken :'
replace $channels/Rings/SlotProtocol.cs 'word.State == SlotState.Claimed ? SlotState.Abandoned : SlotState.Returned;' 'word.State == SlotState.Claimed || Linux.Fault.Is("lease-dropped") ? SlotState.Abandoned : Linux.Fault.Is("lease-not-marked") ? SlotState.Committed : SlotState.Returned;'
replace $channels/Queues/SlotQueue.Waiting.cs '                    isBlocked |= word.State == SlotState.Claimed;
                    queue.WatchFor(word.Owner);' '                    isBlocked |= word.State == SlotState.Claimed;
                    if (!Linux.Fault.Is("claim-not-watched")) { queue.WatchFor(word.Owner); }'
replace $channels/Queues/SingleConsumer.cs 'Volatile.Write(ref Header->Taken, next);' 'if (!Linux.Fault.Is("taken-not-noted")) { Volatile.Write(ref Header->Taken, next); }'
replace $channels/Memory/ChannelObject.cs '        if (taken is null)' '        if (taken is null && !Linux.Fault.Is("living-recovered"))'
replace $channels/Memory/ChannelObject.cs '        Memory.Participants[place] = default;' '        if (!Linux.Fault.Is("dead-subscriber-counts")) { Memory.Participants[place] = default; }'
replace $channels/Broadcasts/BroadcastRing.cs '        Subscribers.Hide(place);' '        if (!Linux.Fault.Is("dead-subscriber-counts")) { Subscribers.Hide(place); }'
replace $channels/Broadcasts/Subscription.cs 'Missed += missed;' 'Missed += missed + (Linux.Fault.Is("one-too-many-missed") ? 1 : 0);'
replace $channels/Values/ValueChannel.cs '                Volatile.ReadBarrier();
                if (Volatile.Read(ref *(long*)buffer) == version)' '                Volatile.ReadBarrier();
                if (Volatile.Read(ref *(long*)buffer) == version || Linux.Fault.Is("value-not-looked-at-again"))'
replace $channels/Requests/RequestRing.Waiting.cs 'public readonly SeenWords SeenNotMet => new(_state, _lap);' 'public readonly SeenWords SeenNotMet => Linux.Fault.Is("reply-not-compared") ? default : new(_state, _lap);'

if ! dotnet publish "$copy/tests/Crossmap.Torture" -c Release -r linux-x64 -o "$copy/out" -v q -clp:NoSummary -p:EnforceCodeStyleInBuild=false > "$copy/build.log" 2>&1; then
    cat "$copy/build.log"
    echo "prove: the copy does not build"
    exit 1
fi
echo "prove: built in $SECONDS s"

torture() { # fault, seconds, which kills, log; in a shell of its own, which takes the run along when it is told to end
    torture=
    trap '[[ -z $torture ]] || { kill "$torture" 2> /dev/null || true; wait "$torture" || true; }; exit 143' TERM

    # In the background: a trap does not wait for a command in the foreground.
    CROSSMAP_FAULT=$1 "$copy/out/Crossmap.Torture" --seconds "$2" --seed 1 --stop-at 1 --kills "$3" > "$4" 2>&1 &
    torture=$!
    local code=0
    wait "$torture" || code=$?
    return "$code"
}

find_fault() { # fault, which kills; by itself, beside another one
    local began=$SECONDS log
    log=$(mktemp "$copy/run-XXXXXX")
    # A script's stops are over in a moment, and which of them it has depends on who was quicker: again then, as long as there is time.
    while torture "$1" "$seconds" "$2" "$log" && [ $((SECONDS - began)) -lt "$seconds" ]; do :; done
    if ! grep -q '^VIOLATION' "$log"; then
        cat "$log"
        echo "prove: torture did not find $1 in $seconds s"
        exit 1
    fi
    echo "prove: $1 found in $((SECONDS - began)) s: $(grep -m1 -o '^VIOLATION.\{0,160\}' "$log")"
}

forget_ended() { # waits until one of those that run has ended
    local code=0 still=() one
    wait -n "${running[@]}" || code=$?
    for one in "${running[@]}"; do
        if kill -0 "$one" 2> /dev/null; then still+=("$one"); fi
    done
    if [[ ${#still[@]} -eq ${#running[@]} ]]; then still=(); wait "${running[@]}" || code=$?; fi
    running=("${still[@]}")
    [[ $code -eq 0 ]] || exit "$code"
}

must_find() { # fault, which kills
    find_fault "$1" "$2" &
    running+=("$!")
    if [[ ${#running[@]} -ge 2 ]]; then forget_ended; fi
}

for standing in none slow-open; do
    torture "$standing" 12 all "$copy/run.log" &
    running=("$!")
    if ! wait "${running[0]}"; then
        cat "$copy/run.log"
        echo "prove: torture reports a violation though nothing was taken out ($standing)"
        exit 1
    fi
    running=()
    echo "prove: nothing taken out ($standing), nothing found: $(tail -1 "$copy/run.log")"
done
must_find open-without-name-check random
must_find close-without-exclusive-lock random
must_find create-without-lock random
must_find nobody-armed wakes
must_find releaser-not-armed "ReleaseSemaphore Awaited"
must_find owner-not-entered sync
must_find waiting-dropped-at-release sync
must_find owner-not-armed "ReleaseMutex Awaited"
must_find nobody-armed "WaitEvent Awaited"
must_find releaser-not-armed "SetEvent Awaited"
must_find several-not-armed "WaitAnyForMutex Awaited"
must_find mark-kept sync
must_find stand-in-not-armed "WaitAnyForSecondMutex Awaited"
must_find owner-not-entered views
must_find waiting-dropped-at-release views
must_find reader-does-not-look locks
must_find writer-misses-a-place locks
must_find writer-not-marked locks
must_find looker-hands-nothing-on locks
must_find looker-not-armed "ReadBehindWriter Awaited"
must_find owner-not-armed "LeaveWrite Awaited"
must_find owner-not-armed "ReleaseMutex Awaited View"
must_find condition-wakes-one locks
must_find condition-wakes-one "NotifyCondition Awaited"
must_find condition-arrives-late locks
must_find condition-tells-of-nobody locks
must_find lease-dropped queues
must_find lease-not-marked queues
must_find taken-not-noted queues
must_find living-recovered queues
must_find claim-not-watched consumers
must_find dead-subscriber-counts broadcasts
must_find one-too-many-missed broadcasts
must_find value-not-looked-at-again values
must_find reply-not-compared requests
while [[ ${#running[@]} -gt 0 ]]; do forget_ended; done
echo "prove: all found, $SECONDS s"
