#!/usr/bin/env bash
# Twice as many searches as the registry can answer: what is beyond is refused quickly, what is accepted stays quick, look-ups and posts go
# on, memory is bounded, and it is as before within 5 s after. Absolute times are the machine's; what is held are ratios within one run.
. "$(dirname "$0")/loaded.sh"
filled_with 20000 || { echo "FAIL it does not serve"; exit 1; }
seconds=$(times 20 300) short=$(times 5 7)
search="$url/v1/certificates?q=%E4%BA%91%E5%B8%86%20%E5%94%AE%E5%90%8E%201&limit=100" # a page of 100 that no cache has
load closed "$search" 16 12 # warm: its compiler is done
load closed "$search" 1 "$short"; calm=$(figure p99)
# What it can: the most of the same searches that it answers, whether few or many ask, or more is asked than it answers.
capacity=0
capable() { load "$@" "$short"; holds "$(figure rate) > $capacity" && capacity=$(figure rate); }
capable closed "$search" 64; capable closed "$search" 16; busy=$(figure p99)
capable open "$search" "$(awk "BEGIN { print int($capacity * 2) }")"
load post "$url/v1/certificates" 4 "$short" "$key" CALM; posts=$(figure rate)
echo "     unloaded p99 $calm ms, with 16 readers $busy ms; capacity $capacity searches/s, $posts posts/s; $(memory) MB"

told=$("$work/load" closed "$search" 64 "$short" & "$work/load" post "$url/v1/certificates" 4 "$short" "$key" BESIDE | sed 's/^/posted: /'; wait)
beside=$(sed -n 's/^posted: .*\brate=\([0-9.]*\).*/\1/p' <<<"$told")
check "posts keep half of their rate beside 64 searching readers ($beside of $posts a second)" holds "$beside >= $posts / 2"

before=$(memory)
twice=$(awk "BEGIN { print int($capacity * 2) }")
load open "$search" "$twice" "$seconds"
echo "     $twice a second for $seconds s: $told; $before MB before, $(memory) MB at the most; $(awk "BEGIN { print $(figure p99) / $calm }") times the p99 of one reader alone"
check "nothing fails and nothing is lost ($(figure failed), $(figure lost))" holds "$(figure failed) == 0 && $(figure lost) == 0"
check "it was twice what was answered meanwhile" holds "$twice >= 1.9 * $(figure rate)"
check "what is beyond is refused ($(figure refused))" holds "$(figure refused) > 0"
check "it is refused as quickly as others are answered (p99 $(figure refused99) ms)" holds "$(figure refused99) <= 3 * $calm"
check "what is accepted keeps its p99 (3 x $calm ms: $(figure p99) ms)" holds "$(figure p99) <= 3 * $calm"
check "as much is answered as without ($(figure rate) of $capacity a second)" holds "$(figure rate) >= $capacity / 2"
check "memory is bounded" holds "$(memory) <= 2 * $before + 200"
sleep 5
load closed "$search" 1 "$short"
check "five seconds later it is as before (p99 $(figure p99) ms)" holds "$(figure p99) <= 3 * $calm && $(figure refused) == 0"
quick() { load closed "$search" 16 "$short"; holds "$(figure p99) <= 3 * $busy"; } # one reader alone meets one pause in a hundred answers
control "an answer is as quick while the registry stands still four fifths of the time" paused quick
stop
sound "verify finds nothing"
finish
