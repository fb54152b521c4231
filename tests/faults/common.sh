# What the fault scripts share: the program, a registry on a disk of its own, and how a result is told. Sourced, not run.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=${REGISTRY_PROGRAM:-$here/src/Registry/bin/Debug/net10.0/registry.dll}
body=CNCA-R-2099-901
run=(dotnet "$program"); [[ $program = *.dll ]] || run=("$program") # or a release
work=$(mktemp -d) server= tracer= failed=0
touch "$work/acknowledged"

# Whatever cannot be done on this machine is said, not passed over: exit code 77.
skip() { echo "SKIPPED $(basename "$0" .sh): $*"; exit 77; }
need() { for tool; do command -v "$tool" >/dev/null || skip "$tool is not installed"; done; }
root() { [ "$(id -u)" = 0 ] || skip "needs root, for a loop device"; }
[ -f "$program" ] || skip "build the program first, or name it in REGISTRY_PROGRAM"
need curl python3 dotnet
# times SHORT LONG: how often, in a run that anybody waits for, and with REGISTRY_FAULTS=long. REGISTRY_FAULTS=few, of every change: a fifth of
# the short number, or the first of a list.
times() {
  case ${REGISTRY_FAULTS:-short} in
    long) echo "$2" ;;
    few) [[ $1 =~ ^[0-9]+$ ]] && echo $(($1 < 5 ? 1 : $1 / 5)) || echo "${1%% *}" ;;
    *) echo "$1" ;;
  esac
}
# choose N: a number from 0 to N-1; REGISTRY_FAULTS_SEED repeats a run.
RANDOM=${REGISTRY_FAULTS_SEED:-$$}
choose() { echo $(((RANDOM << 15 | RANDOM) % $1)); }

clean() {
  [ -z "$server" ] || kill -9 "$server" 2>/dev/null
  [ -z "$tracer" ] || kill "$tracer" 2>/dev/null
  wait 2>/dev/null
  mountpoint -q "$work/disk" && umount -l "$work/disk"
  rm -rf "$work"
}
trap clean EXIT

# check WHAT COMMAND...: a line for each.
check() { local what=$1; shift; if "$@"; then echo "ok   $what"; else echo "FAIL $what"; failed=1; fi; }
# control WHAT COMMAND...: the same check where the fault or the safety is missing. It must fail, or the check could not.
control() { local what=$1; shift; if "$@"; then echo "FAIL control: $what holds without the fault"; failed=1; else echo "ok   control: $what fails without the fault"; fi; }
# kept WHAT: every certificate that was acknowledged is there, and some were.
kept() {
  all() { while read -r one; do [ "$(get "/v1/certificates/$one")" = 200 ] || return 1; done <"$work/acknowledged"; [ -s "$work/acknowledged" ]; }
  check "$1 ($(wc -l <"$work/acknowledged"))" all
}
sound() { check "$1" bash -c "${run[*]@Q} verify --Registry:DataFile='$data/registry.db' | grep -q 'All is right'"; }
finish() { [ $failed = 0 ] && echo "PASSED $(basename "$0" .sh)" || echo "FAILED $(basename "$0" .sh)"; exit $failed; }

# disk KIND MEGABYTES [OPTIONS]: a file system of its own at $work/disk.
disk() {
  root; need "mkfs.$1" mount
  mountpoint -q "$work/disk" && umount "$work/disk"
  mkdir -p "$work/disk"
  truncate -s "${2}M" "$work/image"
  case $1 in ext4) mkfs.ext4 -q -F "$work/image" ;; xfs) mkfs.xfs -q -f "$work/image" ;; esac || skip "mkfs.$1 failed"
  mount -o "loop${3:+,$3}" "$work/image" "$work/disk" 2>/dev/null || skip "$1 cannot be mounted here"
}

# The disk as after a power cut: nothing that was not synced is written any more. (FS_IOC_SHUTDOWN, no flush of the journal.)
power_cut() {
  python3 - "$work/disk" <<'P' || skip "this file system cannot be cut off"
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack("I", 2))
P
}
remount() { umount "$work/disk" && mount -o "loop${1:+,$1}" "$work/image" "$work/disk"; }

registry() { "${run[@]}" "$@" --Registry:DataFile="$data/registry.db"; }
serve() { # serve [VARIABLE=VALUE...]: on a free port, until it answers
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  url=http://127.0.0.1:$port
  env ASPNETCORE_URLS="$url" Logging__LogLevel__Registry.Requests=Warning "$@" "${run[@]}" serve --Registry:DataFile="$data/registry.db" >>"$work/log" 2>&1 &
  server=$!
  for _ in $(seq 600); do curl -sf "$url/livez" >/dev/null && return; kill -0 $server 2>/dev/null || break; sleep 0.1; done
  echo "the registry did not start:"; tail -3 "$work/log"; return 1
}
stop() { kill "$server" 2>/dev/null; wait "$server"; local code=$?; server=; return $code; }
admit() { registry bodies add $body 示例 >/dev/null && key=$(registry bodies key $body | tail -1); }
draft() { echo "{\"number\":\"$1\",\"holder\":{\"name\":\"青屿云帆电器（演示）有限公司\"},\"category\":26,\"level\":\"five-star\",\"score\":96.5,\"scope\":\"售后服务（演示）\",\"issuedOn\":\"2025-03-01\",\"expiresOn\":\"2028-02-29\"}"; }
post() { curl -s -o "$work/answer" -D "$work/head" -w '%{http_code}' -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$(draft "$1")" "$url/v1/certificates"; }
certificate() { echo "$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' "$work/answer")"; } # its id
crash() { kill -9 "$server"; wait "$server" 2>/dev/null; server=; }
# filled: a registry of every kind of row that is not served, at $data.
filled() {
  admit && serve || return 1
  local mark
  for i in $(seq 6); do
    [ "$(post "FILL-$i")" = 201 ] || return 1
    id=$(certificate)
    act() { curl -sf -o "$work/answer" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$2" "$url/v1/certificates/$id/$1"; }
    act marks '{"placement":"documents","text":"标志"}' && mark=$(sed -n 's/.*"code":"\([^"]*\)".*/\1/p' "$work/answer")
    [ $((i % 3)) = 0 ] && act suspend '{}' && act restore '{}'
    [ $((i % 2)) = 0 ] && act revoke '{"reason":"misuse"}'
  done
  curl -sf -o /dev/null "$url/m/$mark"; curl -sf -o /dev/null "$url/log/checkpoint"
  stop
}
verified() { registry verify >"$work/verified" 2>&1; } # right, or not
get() { curl -s -o /dev/null -w '%{http_code}' "$url$1"; }
