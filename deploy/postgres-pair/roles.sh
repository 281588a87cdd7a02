#!/bin/bash
# What the image's own script runs once, in a new database: the roles and the database of the log, the role of
# the standby, and that every commit waits for it from the first start on.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --username=postgres --quiet \
  --set=owner="$OWNER_PASSWORD" --set=log="$LOG_PASSWORD" --set=replication="$REPLICATION_PASSWORD" <<'SQL'
CREATE ROLE tecp_owner LOGIN PASSWORD :'owner';
CREATE ROLE tecp_log LOGIN PASSWORD :'log';
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'replication';
CREATE DATABASE tecp OWNER tecp_owner;
ALTER SYSTEM SET synchronous_standby_names = '*';
SQL
echo 'host replication replicator all scram-sha-256' >>"$PGDATA/pg_hba.conf"
