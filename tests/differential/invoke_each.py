"""Invoke the function of a tree on each event of standard input, one line of base64 for each.

Run it as `invoke_each.py TREE`, by the interpreter of a runtime, without its site-packages. It
prints the return value or the exception of each event as JSON.
"""

from __future__ import annotations

import base64
import json
import sys
from types import SimpleNamespace


def main(tree: str) -> None:
    sys.path.insert(0, tree)
    import index  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - the tree's

    context = SimpleNamespace(
        request_id="1-67aee50c-15197d0b-d07710222f9d",
        region="cn-hangzhou",
        function=SimpleNamespace(timeout=60, name="create-group-id", memory=512),
    )
    if sys.version_info < (3, 12):  # FC's python3.12 has no credentials in its context
        context.credentials = SimpleNamespace(
            access_key_id="STS.testid", access_key_secret="testsecret", security_token="testtoken"
        )
    for line in sys.stdin:
        try:
            result = {"returned": index.handler(base64.b64decode(line), context)}
        except Exception as failure:  # noqa: BLE001 - any exception that FC would get
            result = {"raised": type(failure).__name__, "message": str(failure)}
        sys.stdout.write(json.dumps(result) + "\n")


main(sys.argv[1])
