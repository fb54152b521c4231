#!/usr/bin/env bash
# The clock jumps ahead and comes back: what was recorded ahead is named, and nothing is recorded until the clock is there, or right.
. "$(dirname "$0")/common.sh"
need faketime
data=$work/data; mkdir "$data"
admit || exit 1
library=$(find /usr/lib -name libfaketime.so.1 | head -1); [ -n "$library" ] || skip "libfaketime is not there"
ahead() { serve LD_PRELOAD="$library" FAKETIME="$1" FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1; }
taken() { [ "$(post "$1")" = 201 ] && certificate >>"$work/acknowledged"; }
serve || exit 1
check "with a right clock a post is taken" taken RIGHT
stop
for jump in $(times "+200d" "+1h +1d +200d"); do
  ahead "$jump" || skip "the program does not run under faketime here"
  check "$jump: nobody can tell here, and a post is taken" taken "AHEAD-$jump"
  stop
  serve || exit 1
  control "$jump: back again a post is taken" taken "BACK-$jump"
  check "$jump: /readyz names the entry and goes on reading" bash -c "curl -s '$url/readyz' | grep -q 'clock: Entry .* later than the clock'"
  stop
  check "$jump: verify names it" bash -c "${run[*]@Q} verify --Registry:DataFile='$data/registry.db' | grep -q 'NOTE: Entry .* later than the clock'"
  ahead "$jump" || exit 1
  check "$jump: when the clock is there, posts are taken" taken "THERE-$jump"
  kept "$jump: everything acknowledged is there"
  stop
done
finish
