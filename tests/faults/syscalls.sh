#!/usr/bin/env bash
# Every system call on the registry's files fails, once and for ever, while somebody posts: a post is recorded, or its poster is told that it is not or that nobody knows;
# the program goes on or ends and starts again; nothing acknowledged is lost.
. "$(dirname "$0")/common.sh"
need strace
data=$work/data; mkdir "$data"
admit || exit 1
strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
serve || exit 1
calls=$(times "pwrite64 fdatasync pread64 ftruncate openat" "pwrite64 fdatasync fsync pread64 ftruncate fallocate openat newfstatat fcntl unlink rename lseek mmap close")
errors=$(times "EIO" "EIO ENOSPC EACCES")
paths=(-P "$data" -P "$data/registry.db" -P "$data/registry.db-wal" -P "$data/registry.db-shm" -P "$data/registry.published")
told() { # of three posts each is 201, or 503 with a reason that says whether it was recorded, or cut off by the end of the program
  for i in 1 2 3; do
    code=$(post "$1-$i")
    case $code in
      201) certificate >>"$work/acknowledged" ;;
      503) grep -qE 'cannot-record-now|outcome-unknown|cannot-check-now' "$work/answer" || { echo "     $(cat "$work/answer")"; return 1; }; refused=$((refused + 1)) ;;
      000) refused=$((refused + 1)); return 0 ;;
      *) echo "     answered $code: $(head -c 300 "$work/answer")"; return 1 ;;
    esac
  done
}
refused=0
told CALM; control "a post is refused" test $refused -gt 0
for call in $calls; do
  for error in $errors; do
    for when in "1" "1+"; do
      kill -0 "$server" 2>/dev/null || serve || { echo "FAIL start before $call"; exit 1; }
      strace -f -qq -o "$work/trace" -p "$server" "${paths[@]}" -e "inject=$call:error=$error:when=$when" & tracer=$!; sleep 1.5
      told "$call-$error-$when"; result=$?
      kill "$tracer" 2>/dev/null; wait "$tracer" 2>/dev/null; tracer=
      check "$call fails with $error $([ "$when" = 1 ] && echo once || echo 'for ever'): whoever posts is told" test $result = 0
      kill -0 "$server" 2>/dev/null || { wait "$server"; server=; }
    done
  done
done
[ -n "$server" ] && stop
serve || { echo "FAIL start"; exit 1; }
check "the faults were felt ($refused posts refused)" test $refused -gt 0
check "the next post is taken" test "$(post AFTERWARDS)" = 201
kept "everything acknowledged is there"
stop
sound "verify finds nothing"
finish
