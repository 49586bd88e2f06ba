#!/bin/sh
# matrix.sh [MINOR...]: the suite under each CPython from 3.10 to 3.13, or under those named, that is
# found on PATH or under pyenv.
set -eu
none=true
for minor in ${*:-10 11 12 13}; do
    for candidate in "python3.$minor" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python; do
        # A pyenv shim exists for versions that are not switched on, and then fails.
        "$candidate" -c 'import sys' >/dev/null 2>&1 || continue
        PYTHON=$candidate sh scripts/setup.sh ".venv-3.$minor" requirements/dev.lock
        echo "== CPython 3.$minor"
        ".venv-3.$minor/bin/python" -m pytest -n 2
        none=false
        break
    done
done
if $none; then
    echo "None of these was found on PATH or under pyenv: CPython 3.x with x of ${*:-10 11 12 13}. MINORS takes some of 10 11 12 13." >&2
    exit 2
fi
