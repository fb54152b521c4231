#!/usr/bin/env bash
# The power is cut while somebody posts and fetches checkpoints: the registry starts again, with all it acknowledged. On XFS, and on ext4 with
# noauto_da_alloc, a file that was renamed without a sync is left empty: the control shows that it is so here.
. "$(dirname "$0")/common.sh"
root; need losetup
for kind in ext4 xfs; do
  options=; [ $kind = ext4 ] && options=noauto_da_alloc
  (
    disk $kind 400 $options
    data=$work/disk
    # The control: the same cut takes what was written and renamed without syncs.
    unsynced() { echo before >"$data/control" && sync && echo after >"$data/control.new" && mv "$data/control.new" "$data/control" && power_cut && remount $options && [ "$(cat "$data/control")" = after ]; }
    control "$kind: a file renamed without a sync survives the cut" unsynced
    admit || exit 1
    for round in $(seq "$(times 5 50)"); do
      serve || { echo "FAIL $kind: start after cut $((round - 1))"; exit 1; }
      : >"$work/acknowledged"
      for i in $(seq 20); do
        [ "$(post "CUT-$round-$i")" = 201 ] && certificate >>"$work/acknowledged"
        curl -s "$url/log/checkpoint" >"$work/shown"
      done
      power_cut; kill -9 "$server"; wait "$server" 2>/dev/null; server=
      remount $options || { echo "FAIL $kind: remount"; exit 1; }
      [ -s "$data/registry.published" ]; noted=$?
      check "$kind, cut $round: registry.published is whole" test $noted = 0
      serve || { echo "FAIL $kind: start after cut $round"; exit 1; }
      kept "$kind, cut $round: everything acknowledged is there"
      stop
    done
    # And one that a power cut of an earlier version left torn.
    : >"$data/registry.published"
    serve || { echo "FAIL $kind: start with an empty registry.published"; exit 1; }
    check "$kind: a torn registry.published is called torn" grep -q "was torn" "$work/log"
    check "$kind: and made anew" test -s "$data/registry.published"
    stop
    sound "$kind: verify finds nothing"
    exit $failed
  )
  code=$?
  [ $code = 77 ] && exit 77
  [ $code = 0 ] || failed=1
done
finish
