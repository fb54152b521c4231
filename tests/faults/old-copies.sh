#!/usr/bin/env bash
# Somebody puts an older copy of the data file in the place of the newest: the start is refused and says why, whatever is left beside it. The newest copy starts.
. "$(dirname "$0")/common.sh"
data=$work/data; mkdir "$data"
admit || exit 1
export Registry__ShipTo=$work/shipped
for copy in $(seq $(($(times 2 19) + 1))); do
  serve || exit 1
  post "COPY-$copy" >/dev/null; certificate >>"$work/acknowledged"
  curl -s -o /dev/null "$url/log/checkpoint"
  stop
  registry backup "$work/copy-$copy.db" >/dev/null || exit 1
done
last=$copy
starts() { rm -f "$data/registry.db"*; cp "$work/copy-$1.db" "$data/registry.db"; : >"$work/log"; serve >/dev/null; }
for copy in $(seq $((last - 1))); do
  control "copy $copy of $last starts" starts "$copy"
  check "and it says that it is an older copy" grep -q "older copy" "$work/log"
done
mv "$data/registry.published" "$work/published"
control "an older copy starts without registry.published, beside what was shipped" starts 1
check "and it says that it is an older copy" grep -q "older copy" "$work/log"
mv "$work/published" "$data/registry.published"
check "the newest starts" starts "$last"
kept "with everything acknowledged"
stop
# And it comes back: an older backup and what was shipped since.
rm -f "$data/registry.db"*
check "the oldest backup and what was shipped are restored" bash -c "${run[*]@Q} restore '$work/copy-1.db' --Registry:DataFile='$data/registry.db' >'$work/restored'"
serve || { echo "FAIL start"; exit 1; }
kept "with everything acknowledged"
stop
sound "verify finds nothing"
finish
