"""Invoke an unpacked zip: `trial.py TREE RUNTIME HANDLER INITIALIZER`, by its target's Python.

Without site packages, environment and credentials the function must still import and answer: an
invalid payload by 400, a valid one by the want of credentials. Prints the variables that it read.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

from create_group_id_tools.events.http_event import HttpRequest, event
from create_group_id_tools.project import INSTANCE_ID
from create_group_id_tools.runtime.context import Credentials, Function, context

CASES = (
    ({"GroupId": "nobody"}, 400, "InvalidPayload"),
    ({"GroupId": "GID_trial", "InstanceId": INSTANCE_ID}, 500, "CredentialsMissing"),
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
    """Build the event of an HTTP trigger."""
    request = HttpRequest(
        headers=(("Content-Type", "application/json"),), body=json.dumps(payload).encode()
    )
    return event(request, "1-trial", time.time())


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
    given = context(runtime, Function(), Credentials("", "", ""), "1-trial")
    load(initializer)(given)
    handle = load(handler)
    for payload, status, code in CASES:
        answer = handle(http_event(payload), given)
        response = json.loads(answer) if isinstance(answer, (str, bytes)) else answer
        got = (response["statusCode"], json.loads(response["body"])["Error"]["Code"])
        if got != (status, code):
            print(f"it answers {got[0]} {got[1]} instead of {status} {code}", file=sys.stderr)
            return 1
    print(json.dumps(sorted(environ.read)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
