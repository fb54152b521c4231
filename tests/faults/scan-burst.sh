#!/usr/bin/env bash
# A mark is shown on television: from nothing to full load within a second, all of it one page. Every scan is answered, the first second as
# quick as the rest.
. "$(dirname "$0")/loaded.sh"
filled_with "$(times 5000 100000)" || { echo "FAIL it does not serve"; exit 1; }
seconds=$(times 6 60) connections=$(times 64 256)
id=$(curl -s "$url/v1/certificates?limit=1" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
curl -sf -o "$work/answer" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d '{"placement":"packaging","text":"云帆洗衣机（演示）"}' "$url/v1/certificates/$id/marks"
mark=$(grep -o '"code":"[^"]*' "$work/answer" | head -1 | cut -d'"' -f4)
[ "$(get "/m/$mark")" = 200 ] || { echo "FAIL there is no mark"; exit 1; }
load closed "$url/livez" 4 2 # the server's own code is compiled; the page's is not
burst() { load closed "$url/m/$mark" "$connections" "$seconds"; echo "     $told"; }
quick() { burst; holds "$(figure first99) <= 3 * $(figure p99) + 250 && $(figure refused) == 0 && $(figure failed) == 0 && $(figure lost) == 0"; }
check "every scan is answered, from the first second on" quick
stalled() { ( kill -STOP "$server"; sleep 4; kill -CONT "$server" ) & burst; wait $!; holds "$(figure first99) <= 3 * $(figure p50) + 250"; }
control "the first second is as quick where the registry stands still in it" stalled
stop
sound "verify finds nothing"
finish
