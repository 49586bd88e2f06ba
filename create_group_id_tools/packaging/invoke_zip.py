"""Invoke an unpacked zip: `invoke_zip.py TREE RUNTIME HANDLER INITIALIZER JSON`.

The target's Python runs it, without site packages and credentials, in the environment that the JSON
names. Print the responses, and the names of the variables that the function read.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

from create_group_id_tools.runtime.context import AccessCredentials, FunctionConfig, context


class RecordingEnviron(MutableMapping[str, str]):
    """An environment that records the names that the function, not a library, reads."""

    def __init__(self, tree: Path, values: dict[str, str]) -> None:
        self.read: set[str] = set()
        self._values = values
        self._ours = (str(tree / "index.py"), str(tree / "create_group_id"))

    def __getitem__(self, name: str) -> str:
        frame = sys._getframe(1)  # noqa: SLF001 - who reads is the question
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


def load(name: str) -> Callable[..., Any]:
    """Import `module.function`, as FC does for a handler."""
    module, _, function = name.rpartition(".")
    loaded: Callable[..., Any] = getattr(import_module(module), function)
    return loaded


def invoke(handler: Callable[..., Any], event: str, fc_context: object) -> dict[str, Any]:
    """Return the HTTP status, if any, and the error's code and message."""
    try:
        response = handler(event.encode(), fc_context)
    except Exception as error:  # noqa: BLE001 - the function's own
        # A failed event raises its envelope; any other exception is a failure of the zip.
        try:
            response = json.loads(str(error))
        except ValueError:
            raise error from None
    response = json.loads(response) if isinstance(response, (str, bytes)) else response
    envelope = json.loads(response["body"]) if "statusCode" in response else response
    error_fields = envelope.get("Error", {})
    return {
        "status": response.get("statusCode"),
        "code": error_fields.get("Code"),
        "message": error_fields.get("Message"),
    }


def main(tree: str, runtime: str, handler: str, initializer: str, text: str) -> None:
    """Run the Initializer, then the handler on each event.

    `text` is JSON with the environment (`environ`) and the events (`events`).
    """
    task = json.loads(text)
    sys.path.insert(0, tree)
    environ = RecordingEnviron(Path(tree), task["environ"])
    # The function only uses it as a mapping.
    os.environ = environ  # type: ignore[assignment] # noqa: B003 - see above
    fc_context = context(runtime, FunctionConfig(), AccessCredentials("", "", ""), "1-trial")
    if initializer:
        load(initializer)(fc_context)
    handle = load(handler)
    responses = [invoke(handle, event, fc_context) for event in task["events"]]
    print(json.dumps({"read": sorted(environ.read), "responses": responses}))


if __name__ == "__main__":
    main(*sys.argv[1:])
