#!/usr/bin/env bash
# The bench with the rows against Wine: publishes the bench for Windows too, and builds the C interface's program with a Windows compiler
# (Debian's gcc-mingw-w64-x86-64, installed when root; without it those rows are left out). Arguments are the bench's own.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet publish bench/Crossmap.Bench -c Release -r win-x64 --self-contained -o artifacts/win-x64/Crossmap.Bench -v q --nologo >&2
dotnet publish src/Crossmap.Native -c Release -r linux-x64 -v q --nologo >&2
windows=x86_64-w64-mingw32-gcc in_c=()
if ! command -v $windows >/dev/null && [ "$(id -u)" -eq 0 ]; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends gcc-mingw-w64-x86-64; } >/dev/null 2>&1 || true
fi
if command -v $windows >/dev/null; then
    $windows -O2 -Wall -Werror bench/c/win32.c -o artifacts/win-x64/bench-win32.exe
    in_c=(--wine-c artifacts/win-x64/bench-win32.exe)
else
    echo "No $windows (Debian: gcc-mingw-w64-x86-64), so no rows of C programs against Wine." >&2
fi
exec dotnet run -c Release --project bench/Crossmap.Bench -- --wine artifacts/win-x64/Crossmap.Bench/Crossmap.Bench.exe "${in_c[@]}" "$@"
