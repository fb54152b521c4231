#!/usr/bin/env bash
# A thousand connections that send their headers, or a body, or read an export, a byte a second: a normal client is answered at least two
# thirds as often as without them.
. "$(dirname "$0")/loaded.sh"
ulimit -n 8192 2>/dev/null || skip "needs 8,192 open files"
filled_with "$(times 5000 100000)" || { echo "FAIL it does not serve"; exit 1; }
many=1000 seconds=$(times 5 60)
id=$(curl -s "$url/v1/certificates?limit=1" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
normal() { load closed "$url/v1/certificates/$id" 2 "$seconds"; }
normal; normal; alone=$(figure rate)
echo "     alone $told"
as_often() { normal; echo "     $told"; holds "$(figure rate) >= $alone * 2 / 3 && $(figure failed) == 0 && $(figure lost) == 0"; }
for kind in headers bodies readers; do
  case $kind in headers) to=/livez ;; bodies) to=/v1/verifications ;; readers) to="/v1/certificates?format=csv" ;; esac
  "$work/load" $kind "$url$to" $many $((seconds + 6)) >"$work/slow" & slow=$!
  sleep 4
  # What a thousand idle sockets cost the machine itself is measured too: the client's own time.
  check "beside $many slow $kind a normal client is answered as often (of $alone a second)" as_often
  wait $slow
  echo "     $(cat "$work/slow")"
done
control "it is answered as often while the registry stands still four fifths of the time" paused as_often
check "afterwards it is as before" as_often
stop
finish
