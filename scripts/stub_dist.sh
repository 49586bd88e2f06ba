#!/bin/sh
# stub_dist.sh: build the stub's wheel and sdist, install each in an empty environment of the oldest
# and the newest CPython, and run a user's tests there; the wheel also with the oldest dependencies.
set -eu
cd "$(dirname "$0")/.."
uv=$PWD/.venv/bin/uv built=$PWD/build/stub suite=$PWD/tests/stub/user_suite

rm -rf "$built"
"$uv" build --quiet --out-dir "$built" stub

find_python() {
    # pyenv has a shim even for a version that is not active, and the shim then fails.
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        "$candidate" -c 'import sys; print(sys.executable)' 2>/dev/null && return
    done
    echo "CPython $1 is missing; install it on PATH or with pyenv" >&2
    return 2
}

# try NAME DISTRIBUTION CONSTRAINTS
try() {
    venv=$built/$minor-$1
    "$uv" venv --quiet --python "$python" "$venv"
    "$uv" pip install --quiet --python "$venv" "$2[server]" -r "$suite/requirements.txt" -c "$3"
    (cd "$suite" && "$venv/bin/python" -m pytest -p no:cacheprovider -n 2) >"$venv.log" 2>&1 || {
        cat "$venv.log"
        return 1
    }
    echo "$("$venv/bin/onsmqtt-stub" --version), $1, CPython $minor: $(tail -n 1 "$venv.log")"
    rm -rf "$venv"
}

for minor in 3.10 3.13; do
    python=$(find_python $minor)
    "$uv" pip compile --quiet --no-header --python "$python" --resolution lowest-direct \
        --extra server stub/pyproject.toml -o "$built/$minor-oldest.txt"
    try wheel "$built"/*.whl /dev/null
    try wheel-oldest "$built"/*.whl "$built/$minor-oldest.txt"
    try sdist "$built"/*.tar.gz /dev/null
done
