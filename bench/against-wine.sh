#!/usr/bin/env bash
# The bench with the rows against Wine's kernel objects: publishes the bench for Windows too. Arguments are the bench's own.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet publish bench/Crossmap.Bench -c Release -r win-x64 --self-contained -o artifacts/win-x64/Crossmap.Bench -v q --nologo >&2
exec dotnet run -c Release --project bench/Crossmap.Bench -- --wine artifacts/win-x64/Crossmap.Bench/Crossmap.Bench.exe "$@"
