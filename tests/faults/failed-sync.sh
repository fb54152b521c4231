#!/usr/bin/env bash
# The disk refuses a sync: nobody knows what it holds, so the program tells everybody and ends with 1; started anew it has all it acknowledged. Any
# other error of a write is undone and told, and the program goes on.
. "$(dirname "$0")/common.sh"
need strace
data=$work/data; mkdir "$data"
admit || exit 1
strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"

# serve_traced INJECTION: from the moment on which the server is ready
attach() { strace -f -qq -o "$work/trace" -p "$server" -e "inject=$1" & tracer=$!; sleep 2; }
detach() { kill "$tracer" 2>/dev/null; wait "$tracer" 2>/dev/null; tracer=; }
ends() { for i in $(seq 30); do code=$(post "$1-$i"); [ "$code" = 201 ] && certificate >>"$work/acknowledged"; [ "$code" = 503 ] && cp "$work/answer" "$work/refused"; kill -0 "$server" 2>/dev/null || return 0; sleep 0.1; done; return 1; }

serve || exit 1
control "the program ends" ends CALM
attach "fdatasync,fsync:error=EIO"
check "a failed sync ends the program" ends SYNC
wait "$server"; code=$?; server=
check "with 1" test $code = 1
check "whoever posted was told that nobody knows" grep -q outcome-unknown "$work/refused"
detach
serve || exit 1
kept "everything acknowledged is there"

attach "pwrite64,pwritev:error=EIO"
goes_on() { [ "$(post WRITE-1)" = 503 ] && [ "$(get /v1/bodies)" = 200 ] && kill -0 "$server"; }
check "a failed write is a 503, and reading goes on" goes_on
detach
check "and the next post is taken" bash -c "[ $(post WRITE-2) = 201 ]"
stop
sound "verify finds nothing"
finish
