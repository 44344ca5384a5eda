#!/bin/sh
# Writes the folder of an installation for compose.yaml, and the file .env beside it. It replaces no file.
# sh setup.sh [DIR]; FRESHET is the command line, by default freshet.
set -eu
cd "$(dirname "$0")"
dir=${1:-installation}
umask 077

${FRESHET:-freshet} init "$dir" --issuer https://authority:7072 --gateway https://gateway:7070 \
  --brokers kafka-1:9092,kafka-2:9092,kafka-3:9092 >/dev/null
secrets=$dir/secrets

openssl rand -hex 24 >"$secrets/postgres-password"
printf 'postgres://freshet:%s@postgres:5432/freshet\n' "$(cat "$secrets/postgres-password")" >"$secrets/database-url"
sed -n 's/^FRESHET_ADMIN_TOKENS=//p' "$dir/gateway.env" >"$secrets/admin-tokens"

# Grafana runs as a user of its own. On this machine, the folder keeps the file from others.
openssl rand -hex 24 >"$secrets/grafana-password"
chmod 644 "$secrets/grafana-password"

# One certificate for the services, of a CA that only this installation has. The key of the CA is removed.
mkdir "$dir/tls"
names=DNS:localhost,IP:127.0.0.1
for name in gateway reconciler authority console sidecar-1 sidecar-2; do names=$names,DNS:$name; done
openssl req -x509 -newkey rsa:2048 -nodes -days 825 -subj '/CN=Freshet on this machine' \
  -keyout "$dir/tls/ca.key" -out "$dir/tls/ca.crt" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj /CN=freshet \
  -keyout "$secrets/tls.key" -out "$dir/tls/tls.csr" 2>/dev/null
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$names" >"$dir/tls/names"
openssl x509 -req -days 825 -in "$dir/tls/tls.csr" -extfile "$dir/tls/names" \
  -CA "$dir/tls/ca.crt" -CAkey "$dir/tls/ca.key" -set_serial 1 -out "$dir/tls/tls.crt" 2>/dev/null
rm "$dir/tls/ca.key" "$dir/tls/tls.csr" "$dir/tls/names"
# Prometheus and Grafana read public files as users of their own.
chmod 755 "$dir" "$dir/tls"
chmod 644 "$dir/tls/ca.crt" "$dir/tls/tls.crt"

# The private keys are readable by you alone, so the services run as you. For root, they run as the user of the image.
user=$(id -u):$(id -g)
if [ "$(id -u)" = 0 ]; then
  user=10001:10001
  chown -R "$user" "$dir"
fi
printf 'FRESHET_USER=%s\nINSTALLATION=%s\n' "$user" "$(cd "$dir" && pwd)" >"${ENV_FILE:-.env}"
echo "Written: $dir. Next: docker compose up --detach"
