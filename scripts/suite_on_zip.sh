#!/bin/sh
# suite_on_zip.sh RUNTIME: the function's suite against the unpacked zip, under the zip's interpreter.
set -eu
minor=${1#python}
python=.venv-$minor/bin/python
if [ ! -x "$python" ]; then
    echo "$python is missing: make matrix makes it" >&2
    exit 2
fi
tree=build/unpacked-$1
rm -rf "$tree"
"$python" -m zipfile -e "build/create-group-id-$1.zip" "$tree"
# For the official SDK, beside which the suite signs: it reads the file that the function does not.
cp "$("$python" -m certifi)" "$tree/certifi/"
"$python" -m pytest -n 2 tests/function -o pythonpath="$tree stub ."
