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
running=
end() { # A run that is interrupted here and now removes what it has in /dev/shm before it ends.
    trap '' HUP INT TERM
    if [[ -n $running ]]; then
        kill "$running" 2> /dev/null || true
        wait "$running" || true
    fi
    rm -rf "$copy"
}
trap end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
linux=$copy/src/Crossmap/Linux

tar -C "$root" --exclude=bin --exclude=obj -c \
    .editorconfig Directory.Build.props Directory.Packages.props README.md global.json \
    src/Crossmap src/Crossmap.Analyzers tests/Crossmap.Torture | tar -C "$copy" -x

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

if ! dotnet publish "$copy/tests/Crossmap.Torture" -c Release -r linux-x64 -o "$copy/out" -v q -clp:NoSummary -p:EnforceCodeStyleInBuild=false > "$copy/build.log" 2>&1; then
    cat "$copy/build.log"
    echo "prove: the copy does not build"
    exit 1
fi
echo "prove: built in $SECONDS s"

torture() { # fault, seconds, which kills
    # In the background: a trap does not wait for a command in the foreground.
    CROSSMAP_FAULT=$1 "$copy/out/Crossmap.Torture" --seconds "$2" --seed 1 --stop-at 1 --kills "$3" > "$copy/run.log" 2>&1 &
    running=$!
    local code=0
    wait "$running" || code=$?
    running=
    return "$code"
}

must_find() { # fault, which kills
    local began=$SECONDS
    # A script's stops are over in a moment, and which of them it has depends on who was quicker: again then, as long as there is time.
    while torture "$1" "$seconds" "$2" && [ $((SECONDS - began)) -lt "$seconds" ]; do :; done
    if ! grep -q '^VIOLATION' "$copy/run.log"; then
        cat "$copy/run.log"
        echo "prove: torture did not find $1 in $seconds s"
        exit 1
    fi
    echo "prove: $1 found in $((SECONDS - began)) s: $(grep -m1 -o '^VIOLATION.\{0,160\}' "$copy/run.log")"
}

for standing in none slow-open; do
    if ! torture "$standing" 10 all; then
        cat "$copy/run.log"
        echo "prove: torture reports a violation though nothing was taken out ($standing)"
        exit 1
    fi
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
echo "prove: all found, $SECONDS s"
