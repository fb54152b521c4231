#!/usr/bin/env bash
# Somebody who may write to the data file changes, adds or drops a row of what the log is or makes: `verify` finds every change.
. "$(dirname "$0")/common.sh"
need sqlite3
data=$work/data; mkdir "$data"
filled || { echo "FAIL fill"; exit 1; }
cp "$data/registry.db" "$work/right"
wrong() { ! verified; }
control "verify calls the file wrong" wrong
sql() { sqlite3 "$data/registry.db" "$1" 2>/dev/null; }
tables=(entry node checkpoint body certificate statement mark)
missed=0 done=0
while [ $done -lt "$(times 25 200)" ]; do
  rm -f "$data/registry.db"*; cp "$work/right" "$data/registry.db"
  table=${tables[$(choose ${#tables[@]})]}
  row="rowid = (SELECT rowid FROM $table ORDER BY random() LIMIT 1)"
  columns=($(sql "SELECT name FROM pragma_table_info('$table')")); column=${columns[$(choose ${#columns[@]})]}
  case $(choose 4) in
    0) edit="DELETE FROM $table WHERE $row" ;;
    1) edit="UPDATE $table SET $column = CASE typeof($column) WHEN 'integer' THEN $column + 1 WHEN 'blob' THEN zeroblob(length($column)) WHEN 'null' THEN 'x' ELSE $column || 'x' END WHERE $row" ;;
    2) edit="UPDATE $table SET $column = (SELECT $column FROM $table ORDER BY random() LIMIT 1) WHERE $row" ;;
    3) edit="UPDATE $table SET $column = NULL WHERE $row" ;;
  esac
  sql "$edit" || continue # refused by the schema itself
  [ "$(sqlite3 "$data/registry.db" .dump | md5sum)" != "$(sqlite3 "$work/right" .dump | md5sum)" ] || continue # it says the same
  done=$((done + 1))
  # What is not the log's: the lines of witnesses may be dropped, there are none here.
  wrong || { missed=$((missed + 1)); echo "     missed: $edit"; }
done
check "$done edits, $missed missed" test $missed = 0
finish
