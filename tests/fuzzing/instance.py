"""The function as a new instance for each input, and all that it shows to callers and operators.

Importing this module replaces real time by virtual time, for the whole process.
"""

from __future__ import annotations

import json
import logging
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.fuzzing import virtual_time
from tests.fuzzing.virtual_time import TIME

virtual_time.install()

import index  # noqa: E402 - it keeps the clock at its import
from create_group_id.errors import ProvisioningFailed  # noqa: E402 - likewise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUEST_ID = "1-67aee50c-15197d0b-d07710222f9d"
ACCESS_KEY_ID, SECRET, TOKEN = "STS.fuzzed", "s3cr3t-of-the-key", "t0ken-of-the-key"
CREDENTIALS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
}
UNSET = object()
http_handler, initialize = index.http_handler, index.initialize


class Output(NamedTuple):
    """The output of an invocation: what it returned, or the message of its exception; its log."""

    returned: Any
    raised: str | None
    log: list[str]

    @property
    def text(self) -> str:
        """The whole output as one text."""
        returned = "" if self.returned is None else json.dumps(self.returned)
        return "\n".join([returned, self.raised or "", *self.log])


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage() + (str(record.exc_info) if record.exc_info else ""))


_LOG = _Log()
logging.getLogger().addHandler(_LOG)


def _stateful(value: Any, seen: dict[int, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield each object that an instance of the function keeps, with its state."""
    ours = type(value).__module__.partition(".")[0] == "create_group_id"
    if ours and hasattr(value, "__dict__") and id(value) not in seen:
        seen[id(value)] = value
        yield value, dict(vars(value))
        for inner in list(vars(value).values()):
            yield from _stateful(inner, seen)


_AT_FIRST = [
    found
    for name, value in vars(index).items()
    if not name.startswith("__")
    for found in _stateful(value, {})
]
if not _AT_FIRST:
    raise RuntimeError("fuzzing: the index module keeps no state that could be put back")


def new() -> None:
    """Start a new instance, with the memory and the time of a first input."""
    TIME.restart()
    _LOG.lines = []
    for value, state in _AT_FIRST:
        vars(value).clear()
        vars(value).update(state)


def set_import_seconds(seconds: float) -> None:
    """Set the time of the imports, which counts against the first invocation."""
    vars(index)["_handler"].import_seconds = seconds


_environment: Mapping[str, str] = {}


def set_environment(variables: Mapping[str, str]) -> None:
    """Set the environment of the process to these variables."""
    global _environment  # noqa: PLW0603 - the process has one environment
    if variables != _environment:
        os.environ.clear()
        os.environ.update(variables)
        _environment = variables


def python310_context(timeout: object = 60, **changes: Any) -> Any:
    """Return the context of an invocation as python3.10 passes it."""
    credentials = SimpleNamespace(
        access_key_id=ACCESS_KEY_ID, access_key_secret=SECRET, security_token=TOKEN
    )
    return python312_context(timeout, **{"credentials": credentials, **changes})


def python312_context(timeout: object = 60, **changes: Any) -> Any:
    """Return the context of an invocation as python3.12 passes it: without credentials."""
    function = SimpleNamespace(name="create-group-id", memory=512)
    if timeout is not UNSET:
        function.timeout = timeout
    fields = {"request_id": REQUEST_ID, "region": "cn-hangzhou", "function": function, **changes}
    return SimpleNamespace(**{name: value for name, value in fields.items() if value is not UNSET})


def invoke(event: bytes, context: Any) -> Output:
    """Invoke the handler; any exception but `ProvisioningFailed` is a finding."""
    returned, raised = None, None
    try:
        returned = index.handler(event, context)
    except ProvisioningFailed as failure:
        _check_failure(failure)
        raised = str(failure)
    return Output(returned, raised, _LOG.lines)


def _check_failure(failure: ProvisioningFailed) -> None:
    assert failure.__cause__ is None, "an exception with a cause, which FC would print"
    assert failure.__suppress_context__, "an exception with a context, which FC would print"
