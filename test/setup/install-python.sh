#!/bin/sh
# Installs the packages of Python that suites use into $HOME/.cache/freshet/python: a generator of clients for
# test/contracts, FastAPI with a server for test/languages, and a tester and a client of SCIM for test/scim. It needs python3.
set -eu
dir="$HOME/.cache/freshet/python"
# Raise the number with each change of a version below.
done="$dir/installed-2"
[ -e "$done" ] && exit 0
python3 -m venv "$dir"
"$dir/bin/pip" install --quiet openapi-python-client==0.29.1 fastapi==0.165.0 uvicorn==0.54.0 \
  scim2-tester==0.5.2 "scim2-client[httpx2]==0.13.2"
touch "$done"
