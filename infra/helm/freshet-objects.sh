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

secret() {
  name=$1
  shift
  for key in "$@"; do
    set -- "$@" "--from-file=$key=$dir/secrets/$key"
    shift
  done
  print secret generic "freshet-$name" "$@"
}

# The hashes of the admins' tokens stand in the environment of the gateway.
sed -n 's/^FRESHET_ADMIN_TOKENS=//p' "$dir/gateway.env" >"$dir/secrets/admin-tokens"

secret gateway database-url stamps.keys.json admin-tokens vouchers.jwks.json
secret reconciler database-url stamps.keys.json checkpoints.keys.json audit.keys.json
secret authority database-url stamps.keys.json tokens.keys.json checkpoints.jwks.json
secret console database-url admin-tokens vouchers.keys.json
secret migrate database-url
print secret generic freshet-sidecar "--from-file=client.private.json=$dir/secrets/payments-sidecar.private.json"
print configmap freshet-registry "--from-file=$dir/registry.yaml"
print configmap freshet-registry-keys "--from-file=$dir/keys"
