#!/usr/bin/env bash
# The release, in one command: for each platform one file that needs no .NET, with checksums and a bill of materials.
#   src/release.sh [FOLDER]        (release/ when left out; RELEASE_FOR="linux-x64" for one platform alone)
set -euo pipefail
cd "$(dirname "$0")/.."
to=$(realpath -m "${1:-release}")
mkdir -p "$to"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
for platform in ${RELEASE_FOR:-linux-x64 linux-arm64}; do
  # Compiled ahead (ReadyToRun), so that a start need not; of the native libraries the platform's own alone. No lock file: the runtime is chosen by the SDK.
  dotnet publish src/Registry -c Release -r "$platform" --self-contained -p:PublishProfile=single-file -o "$to/$platform" --nologo -v q
  compiled=src/Registry/obj/Release/net10.0/$platform/R2R/registry.r2r.dll
  [ -f "$compiled" ] || { echo "$platform was not compiled beforehand: see PublishReadyToRun"; exit 1; }
  # What the program is made of, from what was really restored for this platform (SPDX 2.3).
  python3 src/bill-of-materials.py src/Registry/obj/project.assets.json "$platform" "$to/$platform/registry" > "$to/$platform/registry.spdx.json"
  bytes=$(stat -c %s "$to/$platform/registry")
  [ "$bytes" -le 70000000 ] || { echo "$platform is $((bytes / 1000000)) MB: more than 70"; exit 1; }
  echo "$platform: $((bytes / 1000000)) MB"
done
(cd "$to" && find . -type f ! -name SHA256SUMS | sort | xargs sha256sum > SHA256SUMS)
echo "$to: verify with sha256sum -c SHA256SUMS"
