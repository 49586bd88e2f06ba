"""Invoke an unpacked zip by its target's Python: `trial.py TREE RUNTIME HANDLER INITIALIZER JSON`.

It runs without site packages and credentials, and in the environment that it is given. Prints the
answers, and the variables that the function read.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

from create_group_id_tools.runtime.context import Credentials, Function, context


class RecordingEnviron(MutableMapping[str, str]):
    """An environment that remembers which names the function, not a library, looks up."""

    def __init__(self, tree: Path, values: dict[str, str]) -> None:
        self.read: set[str] = set()
        self._values = values
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


def load(name: str) -> Callable[..., Any]:
    """Import what a configuration names as module.function, as FC does."""
    module, _, function = name.rpartition(".")
    loaded: Callable[..., Any] = getattr(import_module(module), function)
    return loaded


def answered(handle: Callable[..., Any], event: str, given: object) -> dict[str, Any]:
    """Invoke; returns the HTTP status, if any, and the error's code and message."""
    try:
        answer = handle(event.encode(), given)
    except Exception as error:  # noqa: BLE001 - the function's own
        # A failed event raises its envelope; anything else is a failure of the zip.
        try:
            answer = json.loads(str(error))
        except ValueError:
            raise error from None
    answer = json.loads(answer) if isinstance(answer, (str, bytes)) else answer
    envelope = json.loads(answer["body"]) if "statusCode" in answer else answer
    wrong = envelope.get("Error", {})
    return {
        "status": answer.get("statusCode"),
        "code": wrong.get("Code"),
        "message": wrong.get("Message"),
    }


def main(tree: str, runtime: str, handler: str, initializer: str, text: str) -> None:
    """Initialize, and invoke with each event; `text` is JSON of them and of the environment."""
    asked = json.loads(text)
    sys.path.insert(0, tree)
    environ = RecordingEnviron(Path(tree), asked["environ"])
    # A mapping is all that is asked of it.
    os.environ = environ  # type: ignore[assignment] # noqa: B003 - see above
    given = context(runtime, Function(), Credentials("", "", ""), "1-trial")
    if initializer:
        load(initializer)(given)
    handle = load(handler)
    answers = [answered(handle, event, given) for event in asked["events"]]
    print(json.dumps({"read": sorted(environ.read), "answers": answers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
