#!/bin/sh
# Throw-away PostgreSQL clusters for tests and benchmarks: each in a folder of its own, on 127.0.0.1 and a socket in that folder, nobody asked
# for a password. PostgreSQL refuses to run as root, so root runs it as `postgres`, or as `nobody` where there is none.
#   start DIR PORT            make and start one; one that was killed is started as it was left
#   standby DIR PORT OF_PORT  make and start a hot standby; its name for synchronous_standby_names is the last part of DIR
#   promote DIR               make a primary of a standby
#   kill DIR                  SIGKILL to every process of it, as a machine that loses its power
#   stop DIR                  stop it and remove DIR
# Nothing is flushed to the disk unless FSYNC=on. Its lines are in DIR/log.
set -eu
usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
act=$1 dir=$2

bin=$(dirname "$(readlink -f "$(command -v pg_ctl || ls -d /usr/lib/postgresql/*/bin/pg_ctl 2>/dev/null | tail -1)")")
[ -x "$bin/initdb" ] || { echo "PostgreSQL is not installed: there is no initdb beside pg_ctl." >&2; exit 3; }
export LC_ALL=C

as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  user=postgres; id "$user" >/dev/null 2>&1 || user=nobody
  as() { runuser -u "$user" -- "$@"; }
fi

# A folder that the cluster's user can enter and write.
own() {
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  [ "$(id -u)" != 0 ] || chown "$user" "$dir"
  as test -w "$dir" || { echo "$dir cannot be entered by the user that PostgreSQL runs as." >&2; exit 1; }
}

# The whole of the settings, the same for a primary and a standby: either may become the other.
settings() {
  as tee "$dir/data/postgresql.conf" >/dev/null <<C
listen_addresses = '127.0.0.1'
port = $1
unix_socket_directories = '$dir'
max_connections = 300
shared_buffers = 128MB
fsync = ${FSYNC:-off}
full_page_writes = ${FSYNC:-off}
wal_level = replica
max_wal_senders = 10
hot_standby = on
hot_standby_feedback = on
max_standby_streaming_delay = 1s
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
cluster_name = '$(basename "$dir")'
log_line_prefix = '%m [%p] '
C
}

run() { as "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start >/dev/null 2>&1 || { tail -20 "$dir/log" >&2; exit 1; }; }

case $act in
  start)
    [ $# = 3 ] || usage
    own
    if [ ! -f "$dir/data/PG_VERSION" ]; then
      as "$bin/initdb" -D "$dir/data" -U postgres -A trust --locale=C --encoding=UTF8 --no-sync --no-instructions >/dev/null
      echo "host replication all 127.0.0.1/32 trust" | as tee -a "$dir/data/pg_hba.conf" >/dev/null
      settings "$3"
    fi
    run ;;
  standby)
    [ $# = 4 ] || usage
    own
    as "$bin/pg_basebackup" -D "$dir/data" -d "host=127.0.0.1 port=$4 user=postgres application_name=$(basename "$dir")" -R -X stream -c fast --no-sync
    settings "$3"
    run ;;
  promote) as "$bin/pg_ctl" -D "$dir/data" -w -t 60 promote >/dev/null ;;
  kill)
    main=$(head -1 "$dir/data/postmaster.pid")
    # First it stands still, so that it starts no child between the look and the blow.
    kill -STOP "$main"
    children=$(ps -o pid= --ppid "$main" || true)
    kill -KILL "$main" $children 2>/dev/null || true
    # Until each is gone, or a corpse that nobody has looked at yet: the next start would take that for a running server.
    for pid in $main $children; do while case $(ps -o stat= -p "$pid") in '' | Z*) false ;; esac; do sleep 0.02; done; done
    rm -f "$dir/data/postmaster.pid" "$dir"/.s.PGSQL.* ;;
  stop)
    [ -d "$dir" ] || exit 0
    as "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$dir" ;;
  *) usage ;;
esac
