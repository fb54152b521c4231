#!/usr/bin/env bash
# The registry is killed at random points while four post: it starts again, and everything it acknowledged is there.
. "$(dirname "$0")/common.sh"
data=$work/data; mkdir "$data"
admit || exit 1
poster() { # posts until nobody answers; what is acknowledged is noted
  while :; do
    answer=$(curl -s -m 10 -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$(draft "$1-$RANDOM$RANDOM")" "$url/v1/certificates") || return
    id=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' <<<"$answer"); [ -z "$id" ] || echo "$id" >>"$work/acknowledged"
  done
}
rounds=$(times 5 200)
for round in $(seq "$rounds"); do
  serve || { echo "FAIL start after kill $((round - 1))"; exit 1; }
  pids=; for i in 1 2 3 4; do poster "K-$round-$i" & pids="$pids $!"; done
  sleep "0.$(printf %03d "$(choose 900)")"
  crash; wait $pids 2>/dev/null
done
# The control: the same files without their write-ahead log, which is where the newest commits are.
serve && post LAST >/dev/null && certificate >>"$work/acknowledged" && crash
cp -r "$data" "$work/without"
serve || exit 1
kept "after $rounds kills everything acknowledged is there"
stop
sound "verify finds nothing"
right=$data; data=$work/without; rm -f "$data/registry.db-wal" "$data/registry.db-shm" "$data/registry.published"
all() { while read -r one; do [ "$(get "/v1/certificates/$one")" = 200 ] || return 1; done <"$work/acknowledged"; }
without() { serve 2>/dev/null && all; }
control "everything acknowledged is there without the write-ahead log" without
finish
