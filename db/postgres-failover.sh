#!/bin/sh
# What an operator does when a server of a registry on PostgreSQL is lost. Needs psql; each server is named by a connection string of a
# superuser, such as 'host=db1 user=postgres'. db/README.md tells when to use which.
#   promote NEW OLD  make the standby NEW the primary in place of OLD, which must be stopped; it takes writes alone until `secure`
#   secure PRIMARY   wait for a standby that streams, and acknowledge nothing from then on that it does not hold
#   alone PRIMARY    the standby is lost: acknowledge without it
#   state SERVER…    what each of them is
set -eu
usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
act=$1; shift
export PGCONNECT_TIMEOUT=5
ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }
say() { echo "$(date -u +%H:%M:%S) $*"; }
demand() { ask "$1" "ALTER SYSTEM SET synchronous_commit = 'on'"; ask "$1" "ALTER SYSTEM SET synchronous_standby_names = '$2'"; ask "$1" "SELECT pg_reload_conf()" >/dev/null; }

case $act in
  promote)
    [ $# = 2 ] || usage
    # Two primaries at once would take different statements for one log. The registry refuses the older, but whoever reaches only that one
    # would read what is no longer true.
    if ask "$2" "SELECT 1" >/dev/null 2>&1; then
      echo "The old primary still answers. Stop it and see to it that it does not start again by itself (pg_ctl stop -m immediate, systemctl disable, the power switch)." >&2
      exit 1
    fi
    [ "$(ask "$1" "SELECT pg_is_in_recovery()")" = t ] || { echo "The new one is no standby." >&2; exit 1; }
    say "replayed $(ask "$1" "SELECT pg_last_wal_replay_lsn()"), received $(ask "$1" "SELECT pg_last_wal_receive_lsn()")"
    [ "$(ask "$1" "SELECT pg_promote(true, 60)")" = t ] || { echo "It is not promoted after a minute: read its log." >&2; exit 1; }
    demand "$1" ''
    say "promoted. It takes writes alone: nothing acknowledged now has a second copy."
    say "next: make a standby of it again (pg_basebackup -R into an empty folder, never the old data as it is), then: $0 secure '$1'" ;;
  secure)
    [ $# = 1 ] || usage
    for second in $(seq 120); do
      # Caught up first: from then on every commit waits for it.
      [ "$(ask "$1" "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")" = 0 ] || break
      [ "$second" != 120 ] || { echo "No standby streams after two minutes." >&2; exit 1; }
      sleep 1
    done
    demand "$1" 'FIRST 1 (*)'
    say "secured: what is acknowledged from now on is on the disk of a standby too" ;;
  alone)
    [ $# = 1 ] || usage
    demand "$1" ''
    say "it takes writes alone: nothing acknowledged now has a second copy" ;;
  state)
    for server in "$@"; do
      echo "$server: $(ask "$server" "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby, replayed ' || pg_last_wal_replay_lsn() || ', ' || coalesce((SELECT status FROM pg_stat_wal_receiver), 'follows nobody')
        ELSE 'primary, at ' || pg_current_wal_flush_lsn() || ', timeline ' || ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int || ', standbys: '
          || coalesce((SELECT string_agg(application_name || ' ' || state || ' ' || sync_state, ', ') FROM pg_stat_replication), 'none')
          || CASE WHEN current_setting('synchronous_standby_names') = '' THEN ', takes writes alone' ELSE '' END END" 2>&1 | head -1)"
    done ;;
  *) usage ;;
esac
