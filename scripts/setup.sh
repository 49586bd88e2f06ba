#!/bin/sh
# setup.sh VENV LOCK: set up a virtual environment with exactly the packages of LOCK, unless it is
# there already. Use the interpreter that PYTHON names, or else the first usable one.
set -eu
"$1/bin/python" -I -S scripts/setup.py --check "$@" 2>/dev/null && exit

# Prints why an interpreter cannot be used. It must run under every version of Python.
probe='import sys
version = "%s %d.%d" % ((sys.executable,) + sys.version_info[:2])
if sys.version_info < (3, 10) or sys.implementation.name != "cpython":
    sys.exit(version + " is not CPython 3.10 or newer")
try:
    import ensurepip, venv
except ImportError:
    sys.exit(version + " has no venv module (on Debian: apt-get install python%d.%d-venv)" % sys.version_info[:2])'

reasons=
if [ -n "${PYTHON:-}" ]; then
    set -- "$1" "$2" "$PYTHON"
else
    set -- "$1" "$2" python3 python python3.13 python3.12 python3.11 python3.10
fi
venv=$1 lock=$2
shift 2
for candidate; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    if reason=$("$candidate" -E -c "$probe" 2>&1 >/dev/null); then
        exec "$candidate" -I scripts/setup.py "$venv" "$lock"
    fi
    reasons="$reasons; $(echo "$reason" | tail -n 1)"
done
[ -n "$reasons" ] || reasons="; not found: $*"
echo "Set-up failed: no usable Python: ${reasons#; }. Install CPython 3.10 or newer, or set PYTHON=/path/to/python3." >&2
exit 2
