#!/usr/bin/env bash
# The registry makes its dump while it answers: at least nine tenths as many answers as without, the best of some windows each.
# A dump that is killed midway leaves the last good one, and the next takes away what it left.
. "$(dirname "$0")/loaded.sh"
filled_with "$(times 30000 100000)" || { echo "FAIL it does not serve"; exit 1; }
dumps=$work/dumps within=300 windows=$(times 3 10) today=$(TZ=Asia/Shanghai date +%F)
window() { load closed "$url/v1/certificates?q=%E4%BA%91%E5%B8%86%20%E5%94%AE%E5%90%8E%201&limit=20" 2 3; figure rate; }
best() { for _ in $(seq "$windows"); do window; done | sort -n | tail -1; }
window >/dev/null
alone=$(best)
stop
serve "Registry__Dumps=$dumps" || exit 1
making() { ls -d "$dumps"/.making-* >/dev/null 2>&1; }
window >/dev/null
for _ in $(seq 200); do making && break; sleep 0.1; done
since=$SECONDS
while making && [ $((SECONDS - since)) -lt $within ]; do window; done >"$work/beside"
took=$((SECONDS - since))
beside=$(head -n "$windows" "$work/beside" | sort -n | tail -1)
[ -n "$beside" ] || { echo "FAIL it made no dump to measure beside"; exit 1; }
check "it is done though the registry has its hands full ($took s)" bash -c "! ls -d '$dumps'/.making-* 2>/dev/null"
check "beside a dump as much is answered ($beside of $alone a second)" holds "$beside >= $alone * 0.9"
control "as much is answered while the registry stands still four fifths of the time" paused holds "$(paused best) >= $alone * 0.9"

stop; rm -rf "$dumps"
registry dump "$dumps" >/dev/null || { echo "FAIL there is no dump"; exit 1; }
mv "$dumps/$today" "$dumps/2020-01-01" # the last good one, of another day
registry dump "$dumps" >/dev/null 2>&1 & killed=$!
for _ in $(seq 200); do ls -d "$dumps"/.making-* >/dev/null 2>&1 && break; sleep 0.05; done
kill -9 $killed $(pgrep -P $killed) 2>/dev/null; wait $killed 2>/dev/null

check "one that was killed is not there" [ ! -e "$dumps/$today" ]
check "the last good one is" bash -c "cd '$dumps/2020-01-01' && sha256sum --check --quiet SHA256SUMS 2>/dev/null"
control "nothing half made lies beside after a kill" bash -c "! ls -d '$dumps'/.making-*"
registry dump "$dumps" >/dev/null
check "the next takes away what was left, and is whole" bash -c "! ls -d '$dumps'/.making-* 2>/dev/null && cd '$dumps/$today' && sha256sum --check --quiet SHA256SUMS 2>/dev/null"
finish
