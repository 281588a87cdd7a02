#!/bin/sh
# Makes the keys, the configuration and the databases of the network in compose.yaml, or of the one in
# compose-postgres.yaml, once:
#
#   deploy/compose-init.sh log.example/2026
#   deploy/compose-init.sh log.example/2026 postgres
#
# The first argument is the log's origin: a name of yours, for ever, without spaces or plus signs. Private
# keys and databases are made inside the volumes and never leave them. What is written to deploy/config/
# is public; deploy/secrets/ has the passwords of PostgreSQL, and nobody else may look into it. A server that is
# started later never makes a database: one that is lost is not replaced.
set -eu

folder=$(CDPATH='' cd -P -- "$(dirname -- "$0")" && pwd)
config=$folder/config
secrets=$folder/secrets
state=/var/lib/tecp
witnesses='1 2 3'

case "$#,${2:-}" in
  1,)
    compose=$folder/compose.yaml
    logs=log
    ;;
  2,postgres)
    compose=$folder/compose-postgres.yaml
    logs='log-1 log-2'
    ;;
  *)
    echo "usage: $0 ORIGIN [postgres]   (such as log.example/2026)" >&2
    exit 2
    ;;
esac
origin=$1
# The service that makes the key and the database.
first=${logs%% *}
if [ -e "$config/policy.txt" ]; then
  echo "$config holds a network already; remove it and its volumes to start anew." >&2
  exit 2
fi

# in_container [--entrypoint <program>] <service> <arguments>
in_container() {
  docker compose -f "$compose" run --rm --no-deps -T "$@" </dev/null
}

# make_key <service> <type> <name> <file>: a key in the service's volume; keeps its verifier key.
make_key() {
  in_container "$1" keygen --type "$2" --name "$3" --out "$state/$4.key" >"$config/keys/$1.$4"
}

# make_database <service> <role>: by the configuration of the service.
make_database() {
  in_container --entrypoint node "$1" /app/deploy/init-database.ts "$2" "/etc/tecp/$1.yaml"
}

# A password that is safe in every file.
password() {
  od -An -tx1 -N24 /dev/urandom | tr -d ' \n'
}

# The passwords of the roles, in files that compose reads and hands to the servers.
make_passwords() {
  umask 077
  mkdir -p "$secrets"
  log_password=$(password)
  owner_password=$(password)
  echo "PGPASSWORD=$log_password" >"$secrets/log.env"
  printf '%s\n' "POSTGRES_PASSWORD=$(password)" "OWNER_PASSWORD=$owner_password" \
    "LOG_PASSWORD=$log_password" "REPLICATION_PASSWORD=$(password)" >"$secrets/database.env"
}

# The log's database, made as the owner of its tables: whose password is handed over once, and kept from the log.
make_shared_database() {
  docker compose -f "$compose" up --detach --wait db-1 db-2
  docker compose -f "$compose" run --rm --no-deps -T --entrypoint sh "$first" -c "unset PGPASSWORD
    umask 077 && cat >/tmp/passwords && export PGPASSFILE=/tmp/passwords TECP_DATABASE_OWNER=tecp_owner &&
    exec node /app/deploy/init-database.ts log /etc/tecp/$first.yaml" <<PASSWORDS
*:*:*:tecp_owner:$owner_password
*:*:*:tecp_log:$log_password
PASSWORDS
}

# verifier_key <service> <file>
verifier_key() {
  cat "$config/keys/$1.$2"
}

[ "$first" = log ] || make_passwords
umask 022
mkdir -p "$config/keys"

make_key "$first" log "$origin" log
for i in $witnesses; do
  make_key "witness-$i" witness "$origin/witness-$i" ed25519
  make_key "witness-$i" witness-mldsa "$origin/witness-$i" ml-dsa-44
done

listen() {
  printf 'listen:\n  host: 0.0.0.0\n  port: %s\n' "$1"
}

if [ "$first" = log ]; then
  {
    listen 8400
    cat <<YAML
logs:
  - key: $state/log.key
    database: $state/log.db
    policy: policy.txt
YAML
  } >"$config/log.yaml"
else
  for name in $logs; do
    {
      listen 8400
      cat <<YAML
trust_proxy: true
handover: { host: 0.0.0.0, port: 8450 }
logs:
  - key: $state/log.key
    database: postgres://tecp_log@db-1,db-2/tecp?sslmode=disable
    policy: policy.txt
    high_water_mark: $state/$name.high-water
YAML
    } >"$config/$name.yaml"
  done
  sed -e 's/10\.0\.0\./172.30.84./' -e 's/listen 8080/listen 8400/' \
    "$folder/load-balancer/nginx.conf" >"$config/nginx.conf"
fi

for i in $witnesses; do
  {
    listen "841$i"
    cat <<YAML
database: $state/witness.db
keys: [$state/ed25519.key, $state/ml-dsa-44.key]
logs:
  - vkey: $(verifier_key "$first" log)
    url: http://log:8400
peers:
YAML
    for peer in $witnesses; do
      [ "$peer" != "$i" ] || continue
      printf '  - name: witness-%s\n    url: http://witness-%s:841%s\n    vkeys:\n' "$peer" "$peer" "$peer"
      printf '      - %s\n' "$(verifier_key "witness-$peer" ed25519)" \
        "$(verifier_key "witness-$peer" ml-dsa-44)"
    done
    printf 'monitors:\n  - url: http://monitor:8420\n'
  } >"$config/witness-$i.yaml"
done

{
  listen 8420
  cat <<YAML
database: $state/monitor.db
policy: policy.txt
YAML
} >"$config/monitor.yaml"

{
  listen 8430
  cat <<YAML
database: $state/explorer.db
logs:
  - url: http://log:8400
    policy: policy.txt
monitor: http://monitor:8420
YAML
} >"$config/explorer.yaml"

if [ "$first" = log ]; then make_database log log; else make_shared_database; fi
for i in $witnesses; do
  make_database "witness-$i" witness
done

# Last, as its presence says that all is there.
{
  echo '# Whom to trust. Give this file to whoever verifies; they need no URLs.'
  echo "log $(verifier_key "$first" log) http://log:8400"
  for i in $witnesses; do
    url=http://witness-$i:841$i
    echo "witness witness-$i-ed $(verifier_key "witness-$i" ed25519) $url"
    echo "witness witness-$i-pq $(verifier_key "witness-$i" ml-dsa-44) $url"
  done
  for i in $witnesses; do
    echo "group witness-$i all witness-$i-ed witness-$i-pq"
  done
  echo 'group majority 2 witness-1 witness-2 witness-3'
  echo 'quorum majority'
} >"$config/policy.txt.new"
mv "$config/policy.txt.new" "$config/policy.txt"

echo "Made keys and databases in the volumes, and the configuration in $config." >&2
