#!/bin/sh
# matrix.sh [MINOR...]: run the tests under each CPython from 3.10 to 3.13 that is on PATH or under
# pyenv; every MINOR that is named must be there. Function Compute has 3.10 and 3.12: there the
# function's tests run on its zip.
set -eu
: "${FUNCTION_TESTS:?run make matrix}"
everywhere='not exhaustive and not contract and not corpora and not once'

missing= found=
for minor in ${*:-10 11 12 13}; do
    python=
    for candidate in "python3.$minor" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python; do
        # pyenv has a shim even for a version that is not active, and the shim then fails.
        "$candidate" -c 'import sys' >/dev/null 2>&1 && python=$candidate && break
    done
    if [ -z "$python" ]; then
        missing="$missing 3.$minor"
        continue
    fi
    found="$found 3.$minor"
    PYTHON=$python sh scripts/setup.sh ".venv-3.$minor" requirements/dev.lock
    echo "== CPython 3.$minor"
    case $minor in
    10 | 12)
        ".venv-3.$minor/bin/python" -m pytest -n 2 -m "$everywhere" $(printf -- '--ignore=%s ' $FUNCTION_TESTS)
        .venv/bin/create-group-id package --runtime "python3.$minor"
        sh scripts/suite_on_zip.sh "python3.$minor"
        ;;
    *)
        ".venv-3.$minor/bin/python" -m pytest -n 2 -m "$everywhere"
        ;;
    esac
done
if [ -z "$found" ] || { [ $# -gt 0 ] && [ -n "$missing" ]; }; then
    echo "Not found on PATH or under pyenv: CPython$missing. Install it, or set MINORS to some of 10 11 12 13." >&2
    exit 2
fi
