#!/usr/bin/env bash
# Checks the packages as a user gets them: packs them, twice and at two places, and compares every byte; builds a project outside the
# repository on the packed library, trimmed and as native code, without a warning, and runs both; installs the tool and runs it.
# Ends with "N passed, N failed, N skipped"; exit code 1 when anything failed.
set -u
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
version="0.0.0-check$$"
packages=$(dotnet nuget locals global-packages --list | sed 's/^[^/]*//')
export CROSSMAP_ROOT="/dev/shm/crossmap-check-$$"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
mkdir -m 700 "$CROSSMAP_ROOT"
passed=0 failed=0 skipped=0

finish() {
    rm -rf "$work" "$CROSSMAP_ROOT"
    # What restoring left in the cache is of no use to anybody: the version is this run's own.
    rm -rf "${packages:?}"/crossmap*/"$version"
}
trap finish EXIT

check() { # NAME COMMAND…: passes if the command succeeds; shows what it said if not
    local name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "  passed   $name"
        passed=$((passed + 1))
    else
        echo "  FAILED   $name"
        tail -n 30 "$work/log" | sed 's/^/           /'
        failed=$((failed + 1))
        return 1
    fi
}

skip() { # NAME REASON
    echo "  skipped  $1: $2"
    skipped=$((skipped + 1))
}

# What git would give to somebody else: tracked files and new ones, nothing that was built.
copy_source() { # TARGET
    mkdir -p "$1"
    (cd "$repository" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar c --ignore-failed-read 2>/dev/null) | tar x -C "$1"
}

pack() { # SOURCE TARGET PROJECT
    timeout 900 dotnet pack "$1/src/$3/$3.csproj" -c Release -o "$2" -p:Version="$version" -p:ContinuousIntegrationBuild=true -nodeReuse:false -v q
}

same_content() { # FOLDER FOLDER: every entry of every package; the properties' entry holds nothing but names that NuGet makes up
    local package one two
    for package in "$1"/*; do
        one="$work/unpacked/1/$(basename "$package")" two="$work/unpacked/2/$(basename "$package")"
        mkdir -p "$one" "$two"
        (cd "$one" && unzip -q "$package") && (cd "$two" && unzip -q "$2/$(basename "$package")") || return 1
        rm -rf "$one"/package "$two"/package "$one/_rels" "$two/_rels"
        diff -r "$one" "$two" || return 1
    done
}

contains() { # PACKAGE ENTRY…
    local entries entry
    entries=$(unzip -Z1 "$1") || return 1
    for entry in "${@:2}"; do
        grep -qxF "$entry" <<<"$entries" || { echo "$1 lacks $entry:"; echo "$entries"; return 1; }
    done
}

consume() { # WHAT PROPERTIES…: publishes the consumer and runs it
    local out="$work/published-$1"
    timeout 900 dotnet publish "$work/consumer" -c Release -o "$out" -p:CrossmapVersion="$version" -nodeReuse:false -v m "${@:2}" >"$work/publish.log" 2>&1 \
        || { cat "$work/publish.log"; return 1; }
    if grep -E 'warning' "$work/publish.log"; then
        echo "publishing warned"
        return 1
    fi
    rm -rf "$work/consumer/obj/Release" "$work/consumer/bin"
    [ "$(timeout 120 "$out/Consumer")" = "handed over" ]
}

analyzer_speaks() {
    ! timeout 900 dotnet build "$work/consumer" -c Release -p:CrossmapVersion="$version" -p:DefineConstants=LEAK -nodeReuse:false -v q >"$work/leak.log" 2>&1 || return 1
    rm -rf "$work/consumer/obj/Release" "$work/consumer/bin"
    grep -q 'error CROSSMAP001' "$work/leak.log" && grep -q 'error CROSSMAP002' "$work/leak.log" || { cat "$work/leak.log"; return 1; }
}

drop_in() { # NAME SOURCE VERB ARGUMENTS…: a new project with the drop-in package, the property, and one unedited source
    local project="$work/drop-in/$1"
    mkdir -p "$project"
    cp "$repository/eng/drop-in-consumer/Consumer.csproj" "$project/$1.csproj"
    cp "$work/consumer/nuget.config" "$2" "$project" || return 1
    timeout 900 dotnet "$3" "$project" -c Release -o "$project/out" -p:CrossmapVersion="$version" -nodeReuse:false -v m "${@:4}" >"$work/drop-in.log" 2>&1 \
        || { cat "$work/drop-in.log"; return 1; }
    if grep -E 'warning' "$work/drop-in.log"; then
        echo "building warned"
        return 1
    fi
}

said() { # FILE TEXT: waits until a process has said it
    local i
    for i in $(seq 600); do
        grep -qF "$2" "$1" && return 0
        sleep 0.1
    done
    echo "it never says '$2':"
    cat "$1"
    return 1
}

three_processes() {
    local letter
    for letter in A B C; do
        drop_in "Process$letter" "$repository/samples/unedited/ThreeProcesses/Process$letter/Program.cs" build || return 1
    done
    mkfifo "$work/to-a"
    timeout 120 "$work/drop-in/ProcessA/out/ProcessA" <"$work/to-a" >"$work/from-a" 2>&1 &
    local a=$!
    exec 3>"$work/to-a"
    said "$work/from-a" "Start Process B" && timeout 60 "$work/drop-in/ProcessB/out/ProcessB" && echo >&3 &&
        said "$work/from-a" "Start Process C" && timeout 60 "$work/drop-in/ProcessC/out/ProcessC" && echo >&3
    exec 3>&-
    wait "$a" || { cat "$work/from-a"; return 1; }
    grep -c 'says: True' "$work/from-a" | grep -qx 2 && grep -qF 'Process B says: False' "$work/from-a" || { cat "$work/from-a"; return 1; }
}

drop_in_analyzer_speaks() {
    printf 'System.Console.WriteLine(new System.Threading.Mutex(false, "named").WaitOne());' >"$work/Full.cs"
    ! drop_in Full "$work/Full.cs" build >/dev/null || return 1
    grep -q 'error CROSSMAP010' "$work/drop-in.log" || { cat "$work/drop-in.log"; return 1; }
}

chat() { # WHAT PROPERTIES…: publishes the chat and lets two talk
    drop_in "Chat-$1" "$repository/samples/unedited/Chat/Program.cs" publish "${@:2}" || return 1
    local program="$work/drop-in/Chat-$1/out/Chat-$1"
    mkfifo "$work/$1-1" "$work/$1-2"
    timeout 120 "$program" <"$work/$1-1" >"$work/$1-says-1" 2>&1 &
    local first=$!
    exec 4>"$work/$1-1"
    said "$work/$1-says-1" "You are number 0" || return 1
    timeout 120 "$program" <"$work/$1-2" >"$work/$1-says-2" 2>&1 &
    local second=$!
    exec 5>"$work/$1-2"
    said "$work/$1-says-2" "You are number 1" && echo "good day" >&4 && said "$work/$1-says-2" "0: good day" &&
        echo "and to you" >&5 && said "$work/$1-says-1" "1: and to you"
    local talked=$?
    exec 4>&- 5>&-
    wait "$first" && wait "$second" && return $talked
}

tool_runs() {
    timeout 600 dotnet tool install Crossmap.Tool --tool-path "$work/tools" --version "$version" --source "$work/feed" --ignore-failed-sources || return 1
    [ "$(timeout 60 "$work/tools/crossmap" list --json | tr -d '[:space:]')" = "[]" ] || { timeout 60 "$work/tools/crossmap" list --json; return 1; }
    "$work/tools/crossmap" create check-tool --size 64K >"$work/created" &
    local creator=$! i
    for i in $(seq 200); do
        [ -s "$work/created" ] && break
        sleep 0.1
    done
    printf 'from the package' | timeout 60 "$work/tools/crossmap" write check-tool
    [ "$(timeout 60 "$work/tools/crossmap" read check-tool --length 16)" = "from the package" ]
    local read=$?
    kill "$creator"
    wait "$creator"
    return $read
}

echo "Packages ($version)"
copy_source "$work/here" && copy_source "$work/somewhere/else"
projects="Crossmap Crossmap.Channels Crossmap.Compatibility"
[ -f "$repository/src/Crossmap.Tool/Crossmap.Tool.csproj" ] && projects="$projects Crossmap.Tool"
for project in $projects; do
    check "$project packs" pack "$work/here" "$work/feed" "$project"
    check "$project packs at another place" pack "$work/somewhere/else" "$work/feed-2" "$project"
done
if command -v unzip >/dev/null; then
    check "packing twice gives the same bytes" same_content "$work/feed" "$work/feed-2"
    check "the library's package is complete" contains "$work/feed/Crossmap.$version.nupkg" \
        lib/net10.0/Crossmap.dll lib/net10.0/Crossmap.xml analyzers/dotnet/cs/Crossmap.Analyzers.dll README.md
    check "its symbols are complete" contains "$work/feed/Crossmap.$version.snupkg" lib/net10.0/Crossmap.pdb
    check "the drop-in package is complete" contains "$work/feed/Crossmap.Compatibility.$version.nupkg" \
        lib/net10.0/Crossmap.Compatibility.dll lib/net10.0/Crossmap.Compatibility.xml analyzers/dotnet/cs/Crossmap.Compatibility.Analyzers.dll \
        buildTransitive/Crossmap.Compatibility.targets README.md
    check "the channels' package is complete" contains "$work/feed/Crossmap.Channels.$version.nupkg" lib/net10.0/Crossmap.Channels.dll lib/net10.0/Crossmap.Channels.xml README.md
else
    skip "what the packages hold" "unzip is not installed (apt-get install unzip)"
fi

cp -r "$repository/eng/package-consumer" "$work/consumer"
cat >"$work/consumer/nuget.config" <<CONFIG
<configuration>
  <packageSources>
    <add key="packed" value="$work/feed" />
  </packageSources>
</configuration>
CONFIG
check "the package's analyzer speaks in a user's project" analyzer_speaks
check "a user's project, trimmed and self-contained" consume trimmed --self-contained -p:PublishTrimmed=true -p:TrimMode=full
if command -v clang >/dev/null || command -v gcc >/dev/null; then
    check "a user's project as native code" consume native -p:PublishAot=true
else
    skip "a user's project as native code" "NativeAOT links with clang or gcc, and neither is installed (apt-get install clang)"
fi

check "unedited sources of three processes, built with the drop-in package" three_processes
check "its analyzer speaks where no alias reaches" drop_in_analyzer_speaks
check "an unedited chat, trimmed and self-contained" chat trimmed --self-contained -p:PublishTrimmed=true -p:TrimMode=full
if command -v clang >/dev/null || command -v gcc >/dev/null; then
    check "an unedited chat as native code" chat native -p:PublishAot=true
else
    skip "an unedited chat as native code" "NativeAOT links with clang or gcc, and neither is installed (apt-get install clang)"
fi

if [ -f "$work/feed/Crossmap.Tool.$version.nupkg" ]; then
    check "the tool installs and runs" tool_runs
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
