#!/usr/bin/env bash
# The disk of the data file fills up while somebody posts: posts are 503 with Retry-After, every read is answered, nothing acknowledged is lost, and
# writing resumes by itself when there is room again.
. "$(dirname "$0")/common.sh"
disk ext4 96
data=$work/disk
admit && serve || { echo "FAIL start"; exit 1; }
post FIRST >/dev/null; first=$(certificate)
for _ in $(seq 50); do grep -q "are left on the disk" "$work/log" && break; sleep 0.1; done
check "space running out is warned of before" grep -q "are left on the disk" "$work/log"

refused() { # posts until one is refused, at most so many
  for i in $(seq "$1"); do
    code=$(post "$2-$i")
    [ "$code" = 201 ] && { certificate >>"$work/acknowledged"; continue; }
    [ "$code" = 503 ] && grep -qi '^retry-after:' "$work/head" && grep -q cannot-record-now "$work/answer" && return 0
    echo "     answered $code: $(cat "$work/answer")"; return 1
  done
  return 1
}
control "a post is refused with 503 and Retry-After" refused 20 ROOM
fallocate -l "$(($(df --output=avail -B1 "$work/disk" | tail -1) + 0))" "$work/disk/ballast" 2>/dev/null || dd if=/dev/zero of="$work/disk/ballast" bs=64k 2>/dev/null
check "a post is refused with 503 and Retry-After" refused 3000 FULL
all_read() { for _ in $(seq 40); do post "MORE-$RANDOM" >/dev/null; for path in "/v1/certificates/$first" "/c/$first" /log/checkpoint "/v1/certificates?q=FULL" /livez /readyz; do [ "$(get "$path")" = 200 ] || { echo "     $path"; return 1; }; done; done; }
check "240 of 240 reads are answered meanwhile" all_read
check "/readyz tells reading and writing apart" bash -c "curl -s $url/readyz | grep -q '^reading: ok' && curl -s $url/readyz | grep -q '^writing: The disk is full'"
check "the program runs" kill -0 "$server"
rm "$work/disk/ballast"
resumes() { for _ in $(seq 100); do [ "$(get /readyz/writing)" = 200 ] && [ "$(post "AGAIN-$RANDOM")" = 201 ] && return 0; sleep 0.1; done; return 1; }
check "writing resumes by itself" resumes
kept "everything acknowledged is there"
check "it stops with 0" stop
sound "verify finds nothing"
finish
