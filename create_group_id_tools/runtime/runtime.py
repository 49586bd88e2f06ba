"""A Python runtime of Function Compute: call the handler with bytes, and return bytes.

It needs only the standard library, so that an instance can run it in another interpreter.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import IO, TYPE_CHECKING, Any

from create_group_id_tools.project import SOURCES
from create_group_id_tools.runtime import context
from create_group_id_tools.runtime.context import AccessCredentials, FunctionConfig
from create_group_id_tools.runtime.loader import load
from create_group_id_tools.runtime.result import INITIALIZATION, UNHANDLED, Result, raised, returned
from create_group_id_tools.runtime.root_logger import logging_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from create_group_id_tools.runtime.root_logger import Formatter


class Runtime:
    """Run the code in this process, whose environment and logger must be set up already."""

    def __init__(
        self,
        name: str,
        function: FunctionConfig,
        credentials: AccessCredentials,
        formatter: Formatter,
        output: IO[str],
    ) -> None:
        self._name, self._function, self._credentials = name, function, credentials
        self._formatter, self._output = formatter, output

    def initialize(self, request_id: str) -> Result | None:
        """Run the Initializer; return its failure, or None."""
        arguments = (self._context(request_id),)
        handler = self._function.initializer
        result = self._run("Initialize", handler, arguments, _ignored, INITIALIZATION)
        return result if result.error_type else None

    def invoke(self, event: bytes, request_id: str, qualifier: str = "LATEST") -> Result:
        """Run the handler. Only what is not an `Exception` is raised, and ends the process."""
        arguments = (event, self._context(request_id, qualifier))
        return self._run("Invoke", self._function.handler, arguments, returned, UNHANDLED)

    def _context(self, request_id: str, *qualifier: str) -> Any:
        self._formatter.request_id = request_id
        return context.context(
            self._name, self._function, self._credentials, request_id, *qualifier
        )

    def _run(
        self,
        kind: str,
        handler: str,
        arguments: tuple[Any, ...],
        encode: Callable[[object], Result],
        error_type: str,
    ) -> Result:
        request_id, suffix = self._formatter.request_id, ""
        self._say(f"FC {kind} Start RequestId: {request_id}")
        try:
            result = encode(load(handler)(*arguments))
        except Exception as error:  # noqa: BLE001 - the code's own
            result, suffix = raised(error, error_type), ", Error: Unhandled function error"
            # FC adds the error to the function's log.
            logging.getLogger().error("%s", result.body.decode())  # noqa: TRY400 - no second trace
        self._say(f"FC {kind} End RequestId: {request_id}{suffix}")
        return result

    def _say(self, line: str) -> None:
        # In one write, since the code may write at the same time.
        self._output.write(f"{line}\n")
        self._output.flush()


def _ignored(_value: object) -> Result:
    return Result(b"")


def invoke(
    event: bytes,
    runtime: str = "python3.10",
    *,
    function: FunctionConfig | None = None,
    credentials: AccessCredentials | None = None,
    environ: Mapping[str, str] | None = None,
    request_id: str | None = None,
    code: Path = SOURCES,
    log: IO[str] | None = None,
) -> Result:
    """Run the Initializer and the handler once, in this process, as a new instance would.

    During the call, `environ` and FC's own variables replace the environment of this process.
    `log` gets the output of the code. Every exception is returned in the `Result`, SystemExit too.
    """
    function, credentials = function or FunctionConfig(), credentials or AccessCredentials()
    request_id, log = request_id or context.new_request_id(), log or sys.stderr
    own = {**function.environment, **(environ or {})}
    fc = context.environment(runtime, function, credentials, str(code), "local")
    with (
        _environment({**own, **fc}),
        _first_on_path(code),
        # As in FC, the output of the code is its log.
        redirect_stdout(log),
        redirect_stderr(log),
        logging_to(log) as formatter,
    ):
        instance = Runtime(runtime, function, credentials, formatter, log)
        try:
            return instance.initialize(request_id) or instance.invoke(event, request_id)
        except BaseException as error:  # noqa: BLE001 - it would end only the instance
            return raised(error)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    # In place, since the code may keep a reference to os.environ.
    before = dict(os.environ)
    _replace(variables)
    try:
        yield
    finally:
        _replace(before)


def _replace(variables: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


@contextmanager
def _first_on_path(code: Path) -> Iterator[None]:
    sys.path.insert(0, str(code))
    try:
        yield
    finally:
        sys.path.remove(str(code))
