#!/usr/bin/env bash
# In 512 MB the registry imports, searches and exports at once, and goes on; in 150 MB, with all that the system keeps for it, it answers a
# workbook of 10,000 rows with a workbook. The controls have 40 MB.
. "$(dirname "$0")/common.sh"
[ "$(id -u)" = 0 ] || skip "needs root, for a control group"
# Version 1 of control groups has a tree for memory of its own, version 2 one tree and a list of controllers.
if [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then
  group=/sys/fs/cgroup/memory/registry-faults-$$ most=memory.limit_in_bytes swap=memory.memsw.limit_in_bytes peak=memory.max_usage_in_bytes
else
  group=/sys/fs/cgroup/registry-faults-$$ most=memory.max swap=memory.swap.max peak=memory.peak
fi
mkdir "$group" 2>/dev/null || skip "there are no control groups to make here"
[ -e "$group/$most" ] || { rmdir "$group"; skip "the memory controller is not there"; }
limited() { # limited BYTES COMMAND...: in a group of so much memory
  local bytes=$1; shift
  # Of version 1 the limit with swap is never below the one without, of version 2 it counts swap alone.
  [ $swap = memory.swap.max ] && local swapped=0 || local swapped=$bytes
  # Version 1 refuses the one that would pass the other: lower first, higher next.
  { echo "$bytes" >"$group/$most"; echo "$swapped" >"$group/$swap"; echo "$bytes" >"$group/$most"; } 2>/dev/null
  # In its own place, so that what is stopped by its number is the program.
  exec bash -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$@"
}
data=$work/data; mkdir "$data"
admit || exit 1
rows=$(times 5000 100000)
python3 - "$rows" >"$work/rows.csv" <<'P'
import sys
print("证书编号,获证组织,认证项目,服务等级,认证范围,颁证日期,到期日期")
for i in range(int(sys.argv[1])): print(f"MEM-{i},青屿云帆第{i}电器（演示）有限公司,26,五星,家用电器售后服务（演示）第{i}类,2025-03-01,2028-02-29")
P
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'); url=http://127.0.0.1:$port
start() { ASPNETCORE_URLS=$url limited "$1" "${run[@]}" serve --Registry:DataFile="$data/registry.db" >>"$work/log" 2>&1 & server=$!
  for _ in $(seq 300); do curl -sf -m 2 "$url/livez" >/dev/null && return; kill -0 $server 2>/dev/null || return 1; sleep 0.1; done; return 1; }
gone() { [ -z "$server" ] || kill -9 "$server" 2>/dev/null; wait 2>/dev/null; server=; }
works() {
  start "$1" || return 1
  curl -s -m 250 -o "$work/imported" -H "Authorization: Bearer $key" -H 'Content-Type: text/csv' --data-binary "@$work/rows.csv" "$url/v1/imports" & local import=$!
  local searching=
  for i in $(seq 16); do for _ in $(seq "$(times 10 200)"); do curl -s -m 20 -o /dev/null "$url/v1/certificates?q=%E7%94%B5%E5%99%A8&limit=100"; done & searching="$searching $!"; done
  wait $import $searching
  curl -s -m 100 -o "$work/exported" "$url/v1/certificates?format=csv"
  kill -0 "$server" && [ "$(get /livez)" = 200 ] && grep -q '"summary"' "$work/imported"
}
control "the same goes on in 40 MB" works 41943040
gone
check "it goes on in 512 MB" works 536870912
echo "     $(($(cat "$group/$peak" 2>/dev/null || echo 0) >> 20)) MB at the most, $(wc -l <"$work/exported") lines exported"
stop
# A list of 10,000 rows in one sheet, and the answer in the same.
python3 - "$rows" "$work/list.xlsx" <<'P'
import sys, zipfile
rows, out = int(sys.argv[1]), zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED)
xml, main = '<?xml version="1.0" encoding="UTF-8"?>', "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
relation, package = "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://schemas.openxmlformats.org/package/2006"
sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
def part(name, text): out.writestr(name, xml + text)
def row(n, *cells): return f'<row r="{n}">' + "".join(f'<c r="{"AB"[i]}{n}" t="inlineStr"><is><t>{cell}</t></is></c>' for i, cell in enumerate(cells)) + "</row>"
part("[Content_Types].xml", f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{sheet}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet}.worksheet+xml"/></Types>')
part("_rels/.rels", f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
part("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets><sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>')
part("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
part("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>' + row(1, "投标人", "证书编号")
    + "".join(row(n + 2, f"青屿云帆第{n % rows}电器（演示）有限公司", f"MEM-{n % rows}") for n in range(10000)) + "</sheetData></worksheet>")
out.close()
P
type=application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
answers() {
  sync; echo 3 >/proc/sys/vm/drop_caches # what others have read would not count as its own
  start "$1" || return 1
  local told; told=$(curl -s -m 60 -o "$work/answer.xlsx" -w '%{http_code} %{time_total}' -H "Content-Type: $type" -H "Accept: $type" \
    --data-binary "@$work/list.xlsx" "$url/v1/verifications")
  echo "     a workbook of $(stat -c %s "$work/list.xlsx") bytes, answered (status, seconds): $told"
  [ "${told% *}" = 200 ] && unzip -tq "$work/answer.xlsx" >/dev/null
}
control "a workbook of 10,000 rows is answered in 40 MB" answers 41943040
gone
if [[ $program = *.dll ]]; then echo "     a workbook of 10,000 rows in 150 MB is asked of a release"
else check "a workbook of 10,000 rows is answered in 150 MB" answers 150000000; stop
fi
sound "verify finds nothing"
for _ in $(seq 50); do rmdir "$group" 2>/dev/null && break; sleep 0.1; done
finish
