#!/bin/bash
# One of two PostgreSQL servers: the first start of the one makes a database, by the image's own script; that of
# the other, which FOLLOWS it, copies that. Later starts go on with what is there, whatever FOLLOWS says.
#
# The arguments are settings of the server (--max_connections=200).
set -euo pipefail

if [ -n "${FOLLOWS:-}" ] && [ ! -e "$PGDATA" ]; then
  until pg_isready --quiet --host="$FOLLOWS"; do sleep 1; done
  # Aside, so that one that was interrupted is made anew.
  copy=$PGDATA.copy
  rm -rf "$copy"
  PGPASSWORD=$REPLICATION_PASSWORD pg_basebackup --pgdata="$copy" --checkpoint=fast --wal-method=stream \
    --write-recovery-conf --dbname="host=$FOLLOWS user=replicator application_name=standby"
  # When it is promoted there is nobody to wait for, until somebody follows it.
  echo "synchronous_standby_names = ''" >>"$copy/postgresql.auto.conf"
  sync
  mv "$copy" "$PGDATA"
fi
exec docker-entrypoint.sh postgres "$@"
