#!/bin/sh
# Installs the packages of Python that suites use into $HOME/.cache/freshet/python: a generator of clients for
# test/contracts, and FastAPI with a server for test/languages. It needs python3.
set -eu
dir="$HOME/.cache/freshet/python"
# Raise the number with each change of a version below.
done="$dir/installed-1"
[ -e "$done" ] && exit 0
python3 -m venv "$dir"
"$dir/bin/pip" install --quiet openapi-python-client==0.29.1 fastapi==0.165.0 uvicorn==0.54.0
touch "$done"
