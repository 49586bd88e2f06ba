#!/bin/sh
# venv.sh VENV LOCK [PYTHON]: a virtual environment holding exactly what LOCK names, quietly.
set -eu
venv=$1 lock=$2 wanted=${3:-}
usable='import ensurepip, sys, venv
sys.exit(sys.implementation.name != "cpython" or sys.version_info < (3, 10))'

python=
for candidate in ${wanted:-python3 python python3.13 python3.12 python3.11 python3.10}; do
    if "$candidate" -c "$usable" >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "no usable Python (${wanted:-looked for python3}): CPython 3.10 or newer with venv is needed; name one with PYTHON=/path/to/python3" >&2
    exit 2
fi

rm -rf "$venv"
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/uv.lock
# uv does not compile unless told, and every cold import would pay for it. The lock is whole, and
# knows better than a package's own bounds: requirements/dev.override.
VIRTUAL_ENV=$venv "$venv/bin/uv" pip install --quiet --compile-bytecode --no-deps --require-hashes -r "$lock"
VIRTUAL_ENV=$venv "$venv/bin/uv" pip install --quiet --no-deps --editable stub --editable .
touch "$venv/.ready"
