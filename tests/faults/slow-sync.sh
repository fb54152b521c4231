#!/usr/bin/env bash
# The disk syncs slowly, and then not at all: posts wait, reads do not. When it syncs again, the posts that waited are acknowledged.
. "$(dirname "$0")/common.sh"
need strace
data=$work/data; mkdir "$data"
admit || exit 1
strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
serve || exit 1
post FIRST >/dev/null; first=$(certificate)
attach() { strace -f -qq -o /dev/null -p "$server" -e "inject=fdatasync,fsync:delay_enter=$1" & tracer=$!; sleep 1.5; }
detach() { kill "$tracer" 2>/dev/null; wait "$tracer" 2>/dev/null; tracer=; }
answered() { [ "$(curl -s -m "$2" -o "$work/answer" -w '%{http_code}' -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$(draft "$1")" "$url/v1/certificates")" = 201 ]; }
reads() { for _ in $(seq "$(times 20 200)"); do for path in "/v1/certificates/$first" "/c/$first" /log/checkpoint /livez; do [ "$(curl -s -m 3 -o /dev/null -w '%{http_code}' "$url$path")" = 200 ] || { echo "     $path"; return 1; }; done; done; }
attach 300000
check "with 0.3 s a sync a post is acknowledged" answered SLOW 20
check "and reads are answered" reads
detach
attach 15000000
answered FROZEN 60 & waiting=$!
sleep 1
control "a post is answered while the sync does not return" answered WAITS 3
check "every read is answered meanwhile" reads
check "and the program runs" kill -0 "$server"
detach
wait $waiting; check "the post that waited is acknowledged when the sync returns" test $? = 0
check "and the next one too" answered AFTER 20
stop
sound "verify finds nothing"
finish
