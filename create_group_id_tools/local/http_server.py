"""Serve HTTP on a port of 127.0.0.1: a thread for each connection calls the application."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import fc_errors
from create_group_id_tools.runtime.context import new_request_id
from create_group_id_tools.terminal import note
from onsmqtt_stub import loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from create_group_id_tools.local.fc_errors import FcError
    from onsmqtt_stub.loopback import Connection, Head, Malformed, Received

    Application = Callable[[HttpRequest], HttpResponse]

MAX_BODY = 32 << 20


@contextmanager
def running(application: Application, *, port: int = 0, idle_seconds: float = 60) -> Iterator[str]:
    """Serve an application in threads, and yield the URL; raise OSError if the port is taken.

    A connection is closed if nothing arrives for `idle_seconds` while a request is awaited or read.
    """

    def respond(connection: Connection, received: Received) -> None:
        _write(
            connection,
            _response_to(application, _request(connection, received.head, received.body)),
        )

    def refuse(connection: Connection, problem: Malformed, head: Head | None) -> None:
        if isinstance(problem, loopback.BodyTooLarge) and head is not None:
            response = _response_to(application, _request(connection, head, cut=True))
        else:
            response = _refused(fc_errors.invalid(str(problem)))
        _write(connection, response)

    with loopback.serving(
        respond, refuse, port=port, max_body=MAX_BODY, idle_seconds=idle_seconds
    ) as url:
        yield url


def _request(
    connection: Connection, head: Head, body: bytes = b"", *, cut: bool = False
) -> HttpRequest:
    raw_path, _, query = head.target.partition("?")
    return HttpRequest(
        method=head.method,
        raw_path=raw_path,
        target=head.target,
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=head.fields,
        body=body,
        cut=cut,
        source_ip=connection.client_address[0],
        protocol=head.version,
    )


def _response_to(application: Application, request: HttpRequest) -> HttpResponse:
    if not request.target.startswith("/"):
        return _refused(fc_errors.invalid("the request target must start with /"))
    try:
        return application(request)
    except Exception:  # noqa: BLE001 - a bug of ours must not end the thread
        note(traceback.format_exc())
        return _refused(fc_errors.internal("internal error; see the terminal of the server"))


def _refused(error: FcError) -> HttpResponse:
    request_id = new_request_id()
    return fc_errors.response(error, request_id, error.body(request_id))


def _write(connection: Connection, response: HttpResponse) -> None:
    headers = {"Server": "local", "Date": formatdate(usegmt=True), **response.headers}
    if headers.pop("Connection", "").lower() == "close":
        connection.closing = True
    connection.send_response(loopback.ServerResponse(response.status, response.body, headers))
    if connection.closing:
        connection.linger()
