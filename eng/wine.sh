#!/usr/bin/env bash
# Runs Windows executables under Wine: the place where the Windows half really runs on a Linux machine.
#
#   eng/wine.sh setup            provides Wine, prints one line that says which it is
#   eng/wine.sh run EXE ARGS…    runs EXE (a path of this machine) and passes its exit code on; sets up first when needed
#
# Exit codes of its own: 2 bad usage; 77 there is no Wine (the reason is on standard error: report the tests as skipped);
# 124 EXE ran longer than CROSSMAP_WINE_TIMEOUT.
#
# A test executable is built from the same sources as on Linux, as a self-contained one, because Wine has no .NET:
#   dotnet publish tests/Crossmap.Tests -r win-x64 --self-contained -c Release -o OUT
#   eng/wine.sh run OUT/Crossmap.Tests.exe
#
# Which Wine: root gets Wine 10 of Debian 13 in a folder of the cache (a download of about 150 MB, 1.9 GB on disk, one to two minutes),
# whose /usr and /etc are laid over the machine's in a mount namespace of the run: every other path stays what it is, and nothing is
# mounted any more when the run ends, however it ends. Where that cannot be done, the system's own Wine (Debian's package wine64,
# installed by apt for root).
#
# Variables:
#   CROSSMAP_WINE           debian13 or system: only that one
#   CROSSMAP_WINE_TIMEOUT   seconds that a run may take (900)
#   XDG_CACHE_HOME          the cache is its folder crossmap/wine (or ~/.cache/crossmap/wine)
#
# Each run has a prefix of its own, made of hard links to one that was initialised once, so runs do not meet each other's objects and
# may be parallel.
set -euo pipefail

readonly no_wine=77
readonly cache="${XDG_CACHE_HOME:-$HOME/.cache}/crossmap/wine"
readonly debian="$cache/debian13"
readonly wine_folder=/usr/lib/wine

# A namespace of mounts and processes, in which everything ends with the one that made it.
readonly own_processes=(--mount --pid --fork --kill-child --mount-proc)

main() {
    case "${1:-}" in
        setup) [ $# = 1 ] || usage; setup; say "$(describe)" ;;
        run) [ $# -ge 2 ] || usage; setup; shift; run "$@" ;;
        # The part of a run that is inside its namespace.
        inside) shift; inside "$@" ;;
        *) usage ;;
    esac
}

usage() {
    printf 'usage: eng/wine.sh setup | eng/wine.sh run EXE ARGS…\n' >&2
    exit 2
}

say() { printf '%s\n' "$*"; }

note() { printf 'wine.sh: %s\n' "$*" >&2; }

# Sets $variant (debian13 or system) and $template (an initialised prefix), or ends with 77.
setup() {
    mkdir -p "$cache"
    exec 8>"$cache/setup.lock"
    flock 8
    sweep
    variant=
    if [ "${CROSSMAP_WINE:-debian13}" = debian13 ] && provide_debian; then
        variant=debian13
    elif [ "${CROSSMAP_WINE:-system}" = system ] && provide_system; then
        variant=system
    fi
    [ -n "$variant" ] || { note "no Wine: ${reason:-CROSSMAP_WINE=$CROSSMAP_WINE is not one of debian13, system}"; exit $no_wine; }

    # An update of the system's Wine would otherwise meet the prefix of the version before.
    template="$cache/prefix-$(describe | tr -sc 'A-Za-z0-9.\n' -)"
    [ -d "$template" ] || initialise
    exec 8>&-
}

# Wine of Debian 13 as a folder. Built aside and renamed, so a folder that exists is complete.
provide_debian() {
    [ "$(uname -m)" = x86_64 ] || { reason="this machine is not x86-64"; return 1; }
    [ "$(id -u)" = 0 ] || { reason="only root can use the Wine of Debian 13"; return 1; }
    [ -L /lib ] && [ -L /bin ] || { reason="/lib and /bin are not links into /usr"; return 1; }
    unshare "${own_processes[@]}" true 2>/dev/null || { reason="no namespaces may be made here"; return 1; }
    [ ! -d "$debian" ] || return 0
    if ! command -v mmdebstrap >/dev/null; then
        apt_install mmdebstrap || { reason="mmdebstrap cannot be installed"; return 1; }
    fi

    note "getting Wine of Debian 13 into $debian"
    local aside="$debian.new"
    rm -rf --one-file-system "$aside"
    if ! mmdebstrap --variant=apt --include=wine64 \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        trixie "$aside" >"$cache/mmdebstrap.log" 2>&1; then
        reason="mmdebstrap failed: $(tail -n 1 "$cache/mmdebstrap.log")"
        note "$reason"
        rm -rf --one-file-system "$aside"
        return 1
    fi

    mv "$aside" "$debian"
}

provide_system() {
    [ ! -x "$wine_folder/wine64" ] || return 0
    [ "$(id -u)" = 0 ] || { reason="${reason:+$reason; }$wine_folder/wine64 is not installed (apt-get install wine64)"; return 1; }
    note "installing the system's package wine64"
    apt_install wine64 && [ -x "$wine_folder/wine64" ] || { reason="${reason:+$reason; }the package wine64 cannot be installed"; return 1; }
}

apt_install() {
    command -v apt-get >/dev/null || return 1
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1" >"$cache/apt.log" 2>&1 ||
        { apt-get update >>"$cache/apt.log" 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1" >>"$cache/apt.log" 2>&1; }
}

# The version with where it comes from: "wine-10.0 (Debian 10.0~repack-6) of Debian 13".
describe() {
    if [ "$variant" = debian13 ]; then
        printf '%s of Debian 13\n' "$(within "$wine_folder/wine64" --version)"
    else
        printf '%s of this system\n' "$("$wine_folder/wine64" --version)"
    fi
}

# Runs a command where this variant's Wine is /usr/lib/wine, and where every process that it starts ends with it, as it ends with
# this script. Replaces the shell, so it is called in a subshell.
within() {
    local command=(setpriv --pdeathsig KILL)
    if [ "$variant" = debian13 ]; then
        command+=(unshare "${own_processes[@]}" "$BASH" "$0" inside "$debian")
    elif unshare "${own_processes[@]}" true 2>/dev/null; then
        command+=(unshare "${own_processes[@]}")
    fi
    exec "${command[@]}" "$@"
}

inside() {
    local root=$1
    shift
    # A folder in use that lies under what is about to be covered shows through.
    local place
    for place in "$PWD" "$cache" ${CROSSMAP_WINE_EXE_FOLDER:+"$CROSSMAP_WINE_EXE_FOLDER"}; do
        case "$place/" in
            /usr/* | /etc/*) mkdir -p "$root$place" && mount --rbind "$place" "$root$place" ;;
        esac
    done
    mount --rbind "$root/etc" /etc
    mount --rbind "$root/usr" /usr
    hash -r
    "$@"
}

# What Wine needs in its environment; $1 is the prefix.
environment() {
    unset DISPLAY WAYLAND_DISPLAY
    export WINEPREFIX=$1
    export WINEDEBUG="${WINEDEBUG:-fixme-all}"
    # No browser engine to download, no menus, no debugger on a crash. Never mscoree: without it the runtime's images are not loaded.
    export WINEDLLOVERRIDES="mshtml=;winemenubuilder.exe=;winedbg.exe="
    # A thread that the runtime stops, to collect garbage, may go on with other contents in the registers of AVX-512: then a vectorised comparison
    # in the middle of it is wrong, once in some thousand collections. Those of AVX2 are kept.
    export DOTNET_EnableAVX512=0
    # Wine before 10 cannot map one section writable and executable at two places.
    case "$("$wine_folder/wine64" --version)" in
        wine-[0-9].*) export DOTNET_EnableWriteXorExecute=0 ;;
    esac
}

initialise() {
    local aside="$template.new"
    rm -rf "$aside"
    mkdir -p "$aside"
    (within_prefix "$aside" "$wine_folder/wine64" wineboot --init </dev/null >"$cache/wineboot.log" 2>&1) || true
    [ -e "$aside/system.reg" ] && [ -e "$aside/drive_c/windows/system32/kernel32.dll" ] ||
        { note "no Wine: wineboot failed: $(tail -n 1 "$cache/wineboot.log")"; exit $no_wine; }
    mv "$aside" "$template"
}

# Runs a command of Wine in a prefix, with the prefix's server before and after it. Exported into the namespace as a script.
within_prefix() {
    within "$BASH" -c "
        set -u
        $(declare -p wine_folder)
        $(declare -f environment)
        environment \"\$1\"
        timeout=\$2
        shift 2
        # Started here, and with its output elsewhere: the one that a program starts would keep the caller's pipe open.
        $wine_folder/wineserver -p </dev/null >/dev/null 2>&1
        timeout --kill-after=10 \"\$timeout\" \"\$@\"
        code=\$?
        $wine_folder/wineserver -k >/dev/null 2>&1
        exit \$code" bash "$1" "${CROSSMAP_WINE_TIMEOUT:-900}" "${@:2}"
}

# Ends what a run without a namespace of its own left.
stop_server() { [ "$variant" = debian13 ] || "$wine_folder/wineserver" -k >/dev/null 2>&1 || true; }

# Folders of runs that were killed: nobody holds their lock any more.
sweep() {
    local folder
    for folder in "$cache"/run.*; do
        [ ! -d "$folder" ] || flock --nonblock "$folder" rm -rf "$folder" || true
    done
}

run() {
    local exe
    exe=$(realpath -e -- "$1") || exit 2
    CROSSMAP_WINE_EXE_FOLDER=$(dirname "$exe")
    export CROSSMAP_WINE_EXE_FOLDER
    shift

    # The folder is locked as long as anything of this run lives.
    local folder
    exec 8>"$cache/setup.lock"
    flock 8
    folder=$(mktemp -d "$cache/run.XXXXXX")
    exec 9<"$folder"
    flock 9
    exec 8>&-
    # shellcheck disable=SC2064
    trap "rm -rf '$folder'" EXIT
    cp --archive --link "$template" "$folder/prefix"
    # The registry is the program's own; all else is replaced and never changed in place.
    local file
    for file in "$folder"/prefix/*.reg; do
        cp --archive --remove-destination "$template/${file##*/}" "$file"
    done

    # In the background, so that a signal ends the run at once and not after it.
    within_prefix "$folder/prefix" "$wine_folder/wine64" "$exe" "$@" <&0 &
    local child=$!
    # shellcheck disable=SC2064
    trap "kill -KILL $child 2>/dev/null; WINEPREFIX='$folder/prefix' stop_server; exit 130" INT TERM
    local code=0
    wait "$child" || code=$?
    exit "$code"
}

main "$@"
