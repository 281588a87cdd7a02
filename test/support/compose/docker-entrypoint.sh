#!/bin/bash
# In place of the script of PostgreSQL's image, what its documentation says that it does: makes the database at the
# first start, with the superuser's password, runs what is in docker-entrypoint-initdb.d, and starts the server.
set -euo pipefail
shift
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --pgdata="$PGDATA" --username=postgres --pwfile=<(echo "$POSTGRES_PASSWORD") \
    --auth-local=trust --auth-host=scram-sha-256 --no-sync >/dev/null
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl --pgdata="$PGDATA" --wait --silent start \
    --options="-c listen_addresses='' -c unix_socket_directories='$PGHOST'" >/dev/null
  "$INIT_SCRIPT"
  pg_ctl --pgdata="$PGDATA" --wait --silent --mode=fast stop
fi
exec postgres "$@"
