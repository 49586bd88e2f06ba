#!/bin/sh
# suite_on_zip.sh RUNTIME: run the function's tests against the unpacked zip, under its interpreter.
# No test may pass by what ran before it, so they run in an order of chance.
set -eu
: "${FUNCTION_TESTS:?run make test-zip}"
minor=${1#python}
python=.venv-$minor/bin/python
if [ ! -x "$python" ]; then
    echo "$python is missing; run make matrix MINORS=${minor#3.}" >&2
    exit 2
fi
tree=build/unpacked-$1
rm -rf "$tree"
"$python" -m zipfile -e "build/create-group-id-$1.zip" "$tree"
# For the official SDK, with which the tests compare signatures: unlike the function, it reads this.
cp "$("$python" -m certifi)" "$tree/certifi/"
seed=$(date +%s)
echo "== $1, in the order --shuffle $seed"
"$python" -m pytest -n 2 --shuffle "$seed" $FUNCTION_TESTS -o pythonpath="$tree stub ."
