#!/bin/sh
# Prints the secrets and config maps of an installation that `freshet init DIR` wrote, with the names that the chart
# expects: sh freshet-objects.sh DIR | kubectl -n NAMESPACE apply -f -
# Each service gets only the files that its environment names.
set -eu
dir=${1:?usage: freshet-objects.sh DIR}

print() {
  kubectl create "$@" --dry-run=client -o yaml
  echo ---
}

# Takes the name of a secret, and its keys. KEY=FILE gives a key the content of another file.
secret() {
  name=$1
  shift
  for each in "$@"; do
    set -- "$@" "--from-file=${each%%=*}=$dir/secrets/${each#*=}"
    shift
  done
  print secret generic "freshet-$name" "$@"
}

# With `freshet init --logins`, each process has a URL of its own.
url() {
  if [ -e "$dir/secrets/database-url.$1" ]; then echo "database-url=database-url.$1"; else echo database-url; fi
}

# The hashes of the admins' tokens stand in the environment of the gateway.
sed -n 's/^FRESHET_ADMIN_TOKENS=//p' "$dir/gateway.env" >"$dir/secrets/admin-tokens"

secret gateway "$(url gateway)" stamps.keys.json admin-tokens vouchers.jwks.json
secret reconciler "$(url reconciler)" stamps.keys.json checkpoints.keys.json audit.keys.json
secret authority "$(url authority)" stamps.keys.json tokens.keys.json checkpoints.jwks.json
secret console "$(url console)" admin-tokens vouchers.keys.json
secret migrate "$(url migrate)"
secret sidecar client.private.json=payments-sidecar.private.json
for user in gateway reconciler authority console edge topic-admin; do
  if [ -e "$dir/secrets/kafka-$user.password" ]; then secret "$user-kafka" "password=kafka-$user.password"; fi
done
# An installation of `freshet init --no-probes` has none.
if [ -e "$dir/secrets/probes.private.json" ]; then secret probes probes.private.json; fi
print configmap freshet-registry "--from-file=$dir/registry.yaml"
print configmap freshet-registry-keys "--from-file=$dir/keys"
