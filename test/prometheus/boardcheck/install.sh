#!/bin/sh
# Builds boardcheck into $HOME/.cache/freshet/tools/bin. It needs go. Grafana publishes the types of boards as a module
# under the Apache licence.
set -eu
bin="$HOME/.cache/freshet/tools/bin"
# Raise the number with each change of the source.
[ -x "$bin/boardcheck-1" ] && exit 0
mkdir -p "$bin"
cd "$(dirname "$0")"
GOFLAGS=-mod=readonly go build -o "$bin/boardcheck-1" .
