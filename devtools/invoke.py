"""`invoke`: the function on an event file, as Function Compute would run it, over the stub."""

from __future__ import annotations

import os
import sys
import time
from http.client import responses
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from devtools import runtime
from devtools.local import http_event
from devtools.runtime_context import RUNTIMES, new_request_id, own_variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devtools.runtime_result import Result
    from onsmqtt_stub import Backend


@click.command(short_help="Run the function on an event file, over the stub.")
@click.argument("event", required=False, metavar="EVENT")
@click.option(
    "--data", metavar="JSON", help="A body of your own, by POST through the HTTP trigger."
)
@click.option("--runtime", "name", type=click.Choice(RUNTIMES), default=RUNTIMES[0])
@click.option("--group", "groups", multiple=True, metavar="ID", help="A group that exists already.")
def command(event: str | None, data: str | None, name: str, groups: Sequence[str]) -> None:
    """Run the function on the bytes of the file EVENT (- is standard input).

    Prints the answer, the calls that the function made and the groups of the stub; the log goes
    to standard error. Ends with 1 where the function raised.
    """
    request_id = new_request_id()
    payload = _payload(event, data, request_id)
    result, backend = over_stub(payload, name, groups, request_id)
    click.echo(_answer(payload, result, request_id))
    click.echo(_aftermath(backend))
    sys.exit(1 if result.error_type else 0)


def over_stub(
    payload: bytes, name: str, groups: Sequence[str], request_id: str
) -> tuple[Result, Backend]:
    """Invoke with a new stub in place of the service, whose groups are `groups` at first."""
    # Not before they are needed: `--help` and bad input answer at once.
    from onsmqtt_stub import INSTANCE_ID, Backend, mock_onsmqtt  # noqa: PLC0415 - late, for --help

    own = own_variables(os.environ)
    backend = Backend()
    for group_id in groups:
        backend.add_group(group_id)
    with mock_onsmqtt(backend, endpoint=own.get("ONSMQTT_ENDPOINT")):
        result = runtime.invoke(
            payload,
            name,
            environ={"ONSMQTT_INSTANCE_ID": INSTANCE_ID, **own},
            request_id=request_id,
        )
    return result, backend


def _payload(event: str | None, data: str | None, request_id: str) -> bytes:
    if (event is None) == (data is None):
        _fail("give an event file, or --data and a body")
    if data is not None:
        # The shell's bytes, whatever they are.
        body = os.fsencode(data)
        headers = (("Content-Type", "application/json"), ("Content-Length", str(len(body))))
        request = http_event.HttpRequest(headers=headers, body=body)
        return http_event.event(request, request_id, time.time())
    if event == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(str(event)).read_bytes()
    except OSError as error:
        _fail(f"{event}: {error.strerror}")


def _answer(payload: bytes, result: Result, request_id: str) -> str:
    text = result.body.decode(errors="replace")
    if result.error_type:
        return f"{result.error_type}\n{text}"
    if not http_event.is_event(payload):
        return text
    response = http_event.response(result, request_id)
    head = [f"HTTP/1.1 {response.status} {responses.get(response.status, '')}"]
    head += [f"{header}: {value}" for header, value in response.headers.items()]
    return "\n".join([*head, "", response.body.decode(errors="replace")])


def _aftermath(backend: Backend) -> str:
    calls = [
        f"  {call.action} {call.group_id} {call.verdict} {call.request_id}"
        for call in backend.journal
    ]
    groups = [
        f"  {group_id} in {instance_id}"
        for instance_id in sorted(backend.service.instances)
        for group_id in backend.groups(instance_id)
    ]
    return "\n".join(["", "Calls", *(calls or ["  none"]), "Groups", *(groups or ["  none"])])


def _fail(message: str) -> NoReturn:
    """Say one line and end with status 2."""
    click.echo(f"invoke: {message}", err=True)
    sys.exit(2)
