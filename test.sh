#!/usr/bin/env bash
# Passes all tests on a fresh machine with the .NET SDK: installs what is missing (Debian packages, when root), builds, runs every suite
# on Linux and the ones for Windows under Wine. Ends with the names of what failed and a line "N passed, N failed, N skipped"; exit code 0
# only if nothing failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# Tells a hang from slowness; measures nothing.
suite_limit=1500
logs=artifacts/test
passed=0 failed=0 skipped=0
summary=()
failures=()
declare -A tests_of

account() { # NAME PASSED FAILED SKIPPED [LOG]
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    [ "$3" -eq 0 ] || failures+=("$(failures_in "$1" "$3" "${5:-}")")
    tests_of[$1]=$(($2 + $3 + $4))
    summary+=("$(printf '%-44s %6d passed %4d failed %4d skipped' "$1" "$2" "$3" "$4")")
}

# The names of what failed, for the end of the output: a log that was cut off still has them. Where a suite died, or the log says no name
# for another reason, its own name stands for the rest.
failures_in() { # NAME FAILED [LOG]
    local names=
    [ -z "${3:-}" ] || names=$(grep -aoP '^ *\K\S.*(?= \[FAIL\]\s*$)|^  FAILED +\K\S.*$' "$3")
    local nameless=$(($2 - $(grep -c . <<<"$names")))
    [ -z "$names" ] || sed "s|^|FAILED $1: |" <<<"$names"
    [ "$nameless" -le 0 ] || echo "FAILED $1: $nameless without a name${3:+, see $3}"
}

skip() { # NAME COUNT REASON
    echo "--- $1: skipped: $3"
    account "$1" 0 0 "$2"
}

# Runs a suite, and leaves its output and its exit code for report.
run() { # NAME COMMAND...
    local log=$logs/${1// /-}.log
    shift
    timeout --kill-after=10 "$suite_limit" "$@" </dev/null >"$log" 2>&1
    echo $? >"$log.code"
}

# Reads a suite's closing line: xunit's, or "N passed, N failed, N skipped". Without one the suite counts as one failed test.
report() { # NAME
    local name=$1 log=$logs/${1// /-}.log code line
    echo "--- $name"
    code=$(cat "$log.code")
    # What failed, and of what was skipped the reasons: a hundred skipped tests would push a failed one out of sight.
    awk '/\[SKIP\]/ { getline; skipped[$0]++; next } !/^ *(Discover|Starting:|Finished:|=== TEST)/
        END { for (reason in skipped) printf "  %4d skipped:%s\n", skipped[reason], reason }' "$log" | tail -n 80
    line=$(grep -aoE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+|^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$log" | tail -n 1)
    set -- $(grep -oE '[0-9]+' <<<"$line")
    case $line in
        Total:*) set -- $(($1 - $3 - $4)) $(($2 + $3)) "$4" ;;
        *passed*) ;;
        *) set -- 0 0 0 ;;
    esac
    if [ "$code" -ne 0 ] && [ "$2" -eq 0 ] || [ $(($1 + $2 + $3)) -eq 0 ]; then
        echo "$name ended with exit code $code and no failed test of its own; see $log"
        set -- "$1" $(($2 + 1)) "$3"
    fi
    account "$name" "$1" "$2" "$3" "$log"
}

suite() { # NAME COMMAND...
    run "$@"
    report "$1"
}

# A check whose exit code is its whole result.
check() { # NAME COMMAND...
    local name=$1 log=$logs/${1// /-}.log
    shift
    echo "--- $name"
    if timeout --kill-after=10 "$suite_limit" "$@" </dev/null >"$log" 2>&1; then
        tail -n 20 "$log"
        account "$name" 1 0 0
    else
        tail -n 60 "$log"
        account "$name" 0 1 0 "$log"
    fi
}

# Debian packages for the commands that are not there.
missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need gcc gcc
need g++ g++
need strace strace
need setpriv util-linux
need unzip unzip
need mmdebstrap mmdebstrap
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "--- installing ${missing[*]}"
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
            echo "Installing ${missing[*]} failed; tests that need them are skipped."
    else
        echo "Missing: ${missing[*]}. Only root can install them with apt-get; tests that need them are skipped."
    fi
fi

mkdir -p "$logs"
echo "--- build"
if ! dotnet build Crossmap.slnx -c Release -v q --nologo >"$logs/build.log" 2>&1; then
    grep -E 'error|warn' "$logs/build.log" | sort -u | head -n 40
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

# What is there of ours, beside the folders of named objects themselves, which stay. Behind a sweep: the tests kill many processes, and what
# those held is a sweep's to remove. So this finds what no sweep removes: processes that still live, with what they hold, folders and files
# of tests. What a handle leaves that is closed in good order the tests look for themselves, in stores of their own.
crossmap=src/Crossmap.Tool/bin/Release/net10.0/crossmap
things() { # FILE
    {
        "$crossmap" sweep >"$logs/sweep.log" 2>&1 || echo "crossmap sweep failed before $1, see $logs/sweep.log"
        find /dev/shm "${TMPDIR:-/tmp}" -maxdepth 3 -path '*/crossmap*' ! -path "/dev/shm/crossmap-$(id -u)" ! -path '/dev/shm/crossmap-global' \
            ! -path '/dev/shm/crossmap-*/.files' ! -path '/dev/shm/crossmap-global/.locks' 2>/dev/null
    } | sort >"$1"
}
things "$logs/things-before.txt"

# The C interface, linked by gcc. The conformance suite calls it too, and without it skips those tests.
c_library=
if command -v gcc >/dev/null 2>&1; then
    if dotnet publish src/Crossmap.Native -c Release -r linux-x64 -v q --nologo >"$logs/Crossmap.Native-publish.log" 2>&1; then
        c_library=there
    else
        tail -n 20 "$logs/Crossmap.Native-publish.log"
        account Crossmap.Native.Tests 0 1 0 "$logs/Crossmap.Native-publish.log"
    fi
fi

# The suites, on Linux.
native() { suite "$1" "tests/$1/bin/Release/net10.0/$1" -noLogo -noColor; }

# Beside the others: it has one thread, takes minutes, and has nothing to do with anybody else.
run Crossmap.Model tests/Crossmap.Model/bin/Release/net10.0/Crossmap.Model -noLogo -noColor &
model=$!
for suite_name in Crossmap.Tests Crossmap.Channels.Tests Crossmap.Compatibility.Tests Crossmap.Analyzers.Tests Crossmap.Tool.Tests Crossmap.Conformance; do
    native "$suite_name"
done

# The tests of the C interface as such: C programs.
if ! command -v gcc >/dev/null 2>&1; then
    skip Crossmap.Native.Tests 1 "there is no gcc to link libcrossmap.so and the programs that test it"
elif [ "$c_library" = there ]; then
    native Crossmap.Native.Tests
fi

wait "$model"
report Crossmap.Model

# The same sources as Windows executables.
windows_suites=(Crossmap.Conformance Crossmap.Tests Crossmap.Channels.Tests Crossmap.Compatibility.Tests)
if wine=$(eng/wine.sh setup 2>"$logs/wine.log" | tail -n 1); then
    echo "--- Windows executables run under $wine"
    for suite_name in "${windows_suites[@]}"; do
        if dotnet publish "tests/$suite_name" -c Release -r win-x64 --self-contained -o "artifacts/win-x64/$suite_name" -v q --nologo >"$logs/$suite_name-publish.log" 2>&1; then
            suite "$suite_name under Wine" eng/wine.sh run "artifacts/win-x64/$suite_name/$suite_name.exe" -noLogo -noColor
        else
            tail -n 20 "$logs/$suite_name-publish.log"
            account "$suite_name under Wine" 0 1 0 "$logs/$suite_name-publish.log"
        fi
    done
else
    for suite_name in "${windows_suites[@]}"; do
        skip "$suite_name under Wine" "${tests_of[$suite_name]}" "there is no Wine: $(tail -n 1 "$logs/wine.log")"
    done
fi

# Kills: a short run, and the proof that a broken protocol does not survive one.
# Compiled ahead of time where that can be linked: a worker then starts in a twentieth of the time, and a minute holds many times the kills.
torture=artifacts/torture/Crossmap.Torture
if ! dotnet publish tests/Crossmap.Torture -c Release -r linux-x64 -o artifacts/torture -v q --nologo >"$logs/Crossmap.Torture-publish.log" 2>&1; then
    echo "Torture runs as built, with few kills: it could not be published ($(grep -m 1 error "$logs/Crossmap.Torture-publish.log"))"
    torture=tests/Crossmap.Torture/bin/Release/net10.0/Crossmap.Torture
fi
check "Torture, 60 seconds" "$torture" --seconds 60

# Beside one another: what is broken shows itself mostly by its hanging, and waiting for that needs no processor.
run "Packages and their consumers" eng/check-package.sh &
packages=$!
check "Torture finds a broken protocol" tests/Crossmap.Torture/prove.sh
wait "$packages"
report "Packages and their consumers"
check "Every row of the bench runs" dotnet run --no-build -c Release --project bench/Crossmap.Bench -- --check

# What came, and not what went: a killed earlier run's leftovers go with the first test that meets them.
things "$logs/things-after.txt"
check "Nothing is left behind" diff /dev/null <(comm -13 "$logs/things-before.txt" "$logs/things-after.txt")

echo
printf '%s\n' "${summary[@]}"
echo "Linux: ${tests_of[Crossmap.Conformance]:-0} conformance tests; under Wine: ${tests_of[Crossmap.Conformance under Wine]:-0}"
[ ${#failures[@]} -eq 0 ] || printf '%s\n' "${failures[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
