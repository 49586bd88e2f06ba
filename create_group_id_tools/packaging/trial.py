"""Invoke an unpacked zip: `trial.py TREE RUNTIME HANDLER INITIALIZER`, by its target's Python.

Without site packages, environment and credentials the function must still import and answer: an
invalid payload by 400, a valid one by the want of credentials. Prints the variables that it read.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

CASES = (
    ({"GroupId": "nobody"}, 400, "InvalidPayload"),
    ({"GroupId": "GID_trial", "InstanceId": "mqtt-cn-0pp1ldu0001"}, 500, "CredentialsMissing"),
)


class RecordingEnviron(MutableMapping[str, str]):
    """An empty environment that remembers which names the function, not a library, looks up."""

    def __init__(self, tree: Path) -> None:
        self.read: set[str] = set()
        self._values: dict[str, str] = {}
        self._ours = (str(tree / "index.py"), str(tree / "create_group_id"))

    def __getitem__(self, name: str) -> str:
        frame = sys._getframe(1)  # noqa: SLF001 - the caller is what is asked for
        while "_collections_abc" in frame.f_code.co_filename and frame.f_back:
            frame = frame.f_back
        if frame.f_code.co_filename.startswith(self._ours):
            self.read.add(name)
        return self._values[name]

    def __setitem__(self, name: str, value: str) -> None:
        self._values[name] = value

    def __delitem__(self, name: str) -> None:
        del self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def http_event(payload: object) -> bytes:
    """Build the event of an HTTP trigger.

    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function
    """
    http = {"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    event = {
        "version": "v1",
        "rawPath": "/",
        "headers": {"Content-Type": "application/json"},
        "queryParameters": {},
        "body": json.dumps(payload),
        "isBase64Encoded": False,
        "requestContext": {"requestId": "1-trial", "http": {**http, "userAgent": "trial"}},
    }
    return json.dumps(event).encode()


def context(runtime: str) -> SimpleNamespace:
    """Build the context of a function without a role; only python3.10's has `credentials`."""
    function = SimpleNamespace(name="trial", handler="index.handler", memory=512, timeout=10)
    common = SimpleNamespace(
        request_id="1-trial", account_id="1", region="cn-hangzhou", function=function
    )
    if runtime == "python3.10":
        nothing = {"access_key_id": "", "access_key_secret": "", "security_token": ""}
        common.credentials = SimpleNamespace(**nothing)
    return common


def load(name: str) -> Callable[..., Any]:
    """Import what a configuration names as module.function, as FC does."""
    module, _, function = name.rpartition(".")
    loaded: Callable[..., Any] = getattr(import_module(module), function)
    return loaded


def main(tree: str, runtime: str, handler: str, initializer: str) -> int:
    """Initialize and invoke; says on stderr what differs from the expected answers."""
    sys.path.insert(0, tree)
    environ = RecordingEnviron(Path(tree))
    # It is empty already, and a mapping is all that is asked of it.
    os.environ = environ  # type: ignore[assignment] # noqa: B003 - see above
    load(initializer)(context(runtime))
    handle = load(handler)
    for payload, status, code in CASES:
        answer = handle(http_event(payload), context(runtime))
        response = json.loads(answer) if isinstance(answer, (str, bytes)) else answer
        got = (response["statusCode"], json.loads(response["body"])["Error"]["Code"])
        if got != (status, code):
            print(f"it answers {got[0]} {got[1]} instead of {status} {code}", file=sys.stderr)
            return 1
    print(json.dumps(sorted(environ.read)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
