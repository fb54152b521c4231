#!/usr/bin/env bash
# One bit of the data file is flipped, anywhere: `verify` finds it, or what the log is and makes reads the very same as before
# (room that nothing uses; rows of the operator's own, which nothing else can tell).
. "$(dirname "$0")/common.sh"
need sqlite3
data=$work/data; mkdir "$data"
filled || { echo "FAIL fill"; exit 1; }
# What the log is and makes: every row but those of the operator's own tables, which nothing else tells; columns of tables by their names and types, not by the comments beside them.
said() {
  sqlite3 "$data/registry.db" .dump 2>/dev/null | grep -a '^INSERT INTO\|^CREATE INDEX\|^CREATE UNIQUE\|^CREATE TRIGGER\|ERROR' \
    | grep -avE '^INSERT INTO "?(api_key|idempotency|mark_seed|scan|report|watch|answer|followed|generation|schema_version)'
}
cp "$data/registry.db" "$work/right"; said >"$work/says"
# Among the bytes that are not zero: most of a small file is room in pages.
python3 -c 'import sys; print("\n".join(str(i) for i, b in enumerate(open(sys.argv[1], "rb").read()) if b))' "$work/right" >"$work/places"
size=$(wc -l <"$work/places") found=0 same=0 missed=0
wrong() { ! verified; }
control "verify calls the file wrong" wrong
flip() { # flip BIT: of the right file
  rm -f "$data/registry.db"*; cp "$work/right" "$data/registry.db"
  python3 - "$data/registry.db" "$1" <<'P'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]) // 8); b = f.read(1)[0]; f.seek(-1, 1); f.write(bytes([b ^ 1 << int(sys.argv[2]) % 8]))
P
}
# One that is surely in use, whatever chance brings: in the log's first statement, where it stands now (a page it was moved from keeps a copy).
leaf=$(sqlite3 "$work/right" 'SELECT hex(leaf) FROM entry ORDER BY seq LIMIT 1')
flip "$(python3 -c 'import sys; leaf = bytes.fromhex(sys.argv[2]); print(8 * (open(sys.argv[1], "rb").read().rindex(leaf) + len(leaf) // 2))' "$work/right" "$leaf")"
check "a bit of a statement is found" wrong
for n in $(seq "$(times 25 1000)"); do
  bit=$(($(sed -n "$(($(choose "$size") + 1))p" "$work/places") * 8 + $(choose 8)))
  flip "$bit"
  if wrong; then found=$((found + 1)); elif said | cmp -s - "$work/says"; then same=$((same + 1)); else missed=$((missed + 1)); echo "     bit $bit was missed"; fi
done
check "$n flips: $found found, $same in what neither the log is nor makes, $missed missed" test $missed = 0
finish
