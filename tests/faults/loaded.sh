# What the trials under load share: a registry of certificates, and its figures. Sourced, not run.
. "$(dirname "$0")/common.sh"
need go
go build -o "$work/load" "$(dirname "$0")/load.go" || skip "go cannot build load.go"
data=$work/data; mkdir "$data"
# load MODE ...: what load.go tells, in $told; figure NAME: one of it.
load() { told=$("$work/load" "$@"); }
figure() { sed -n "s/.*\b$1=\([0-9.]*\).*/\1/p" <<<"$told"; }
# holds 'EXPRESSION': of numbers, as awk has it.
holds() { awk "BEGIN { exit !($1) }"; }
# filled_with ROWS: a registry of so many certificates that serves, at $url.
filled_with() {
  admit || return 1
  python3 - "$1" >"$work/rows.csv" <<'P'
import sys
print("证书编号,获证组织,认证项目,服务等级,认证范围,颁证日期,到期日期")
for i in range(int(sys.argv[1])): print(f"LOAD-{i},青屿云帆第{i}电器（演示）有限公司,26,五星,家用电器售后服务（演示）第{i}类,2025-03-01,2028-02-29")
P
  registry import "$work/rows.csv" --body $body >/dev/null 2>&1 || return 1
  serve
}
# paused COMMAND...: the registry stands still four fifths of every second meanwhile; what a control has in the place of the safety.
paused() {
  ( while kill -STOP "$server"; do sleep 0.8; kill -CONT "$server"; sleep 0.2; done ) 2>/dev/null & local pausing=$!
  "$@"; local code=$?
  kill $pausing; wait $pausing 2>/dev/null; kill -CONT "$server"
  return $code
}
memory() { awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$server/status"; } # megabytes at the most
