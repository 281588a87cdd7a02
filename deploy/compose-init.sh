#!/bin/sh
# Makes the keys, the configuration and the databases of the network in compose.yaml, once:
#
#   deploy/compose-init.sh log.example/2026
#
# The argument is the log's origin: a name of yours, for ever, without spaces or plus signs. Private
# keys and databases are made inside the volumes and never leave them. What is written to deploy/config/
# is public. A server that is started later never makes a database: one that is lost is not replaced.
set -eu

folder=$(CDPATH='' cd -P -- "$(dirname -- "$0")" && pwd)
config=$folder/config
state=/var/lib/tecp
witnesses='1 2 3'

if [ "$#" -ne 1 ]; then
  echo "usage: $0 ORIGIN   (such as log.example/2026)" >&2
  exit 2
fi
origin=$1
if [ -e "$config/policy.txt" ]; then
  echo "$config holds a network already; remove it and its volumes to start anew." >&2
  exit 2
fi

# in_container [--entrypoint <program>] <service> <arguments>
in_container() {
  docker compose -f "$folder/compose.yaml" run --rm --no-deps -T "$@" </dev/null
}

# make_key <service> <type> <name> <file>: a key in the service's volume; keeps its verifier key.
make_key() {
  in_container "$1" keygen --type "$2" --name "$3" --out "$state/$4.key" >"$config/keys/$1.$4"
}

# make_database <service> <role>: by the configuration of the service.
make_database() {
  in_container --entrypoint node "$1" /app/deploy/init-database.ts "$2" "/etc/tecp/$1.yaml"
}

# verifier_key <service> <file>
verifier_key() {
  cat "$config/keys/$1.$2"
}

umask 022
mkdir -p "$config/keys"

make_key log log "$origin" log
for i in $witnesses; do
  make_key "witness-$i" witness "$origin/witness-$i" ed25519
  make_key "witness-$i" witness-mldsa "$origin/witness-$i" ml-dsa-44
done

listen() {
  printf 'listen:\n  host: 0.0.0.0\n  port: %s\n' "$1"
}

{
  listen 8400
  cat <<YAML
logs:
  - key: $state/log.key
    database: $state/log.db
    policy: policy.txt
YAML
} >"$config/log.yaml"

for i in $witnesses; do
  {
    listen "841$i"
    cat <<YAML
database: $state/witness.db
keys: [$state/ed25519.key, $state/ml-dsa-44.key]
logs:
  - vkey: $(verifier_key log log)
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

make_database log log
for i in $witnesses; do
  make_database "witness-$i" witness
done

# Last, as its presence says that all is there.
{
  echo '# Whom to trust. Give this file to whoever verifies; they need no URLs.'
  echo "log $(verifier_key log log) http://log:8400"
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
