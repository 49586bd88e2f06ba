"""`invoke`: the function on an event file: here over the stub, here over OnsMqtt, or deployed."""

from __future__ import annotations

import os
import sys
import time
from http.client import responses
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from create_group_id_tools.account.live import run_live
from create_group_id_tools.events import http_event
from create_group_id_tools.project import RUNTIMES
from create_group_id_tools.runtime import runtime
from create_group_id_tools.runtime.context import new_request_id, own_variables
from create_group_id_tools.runtime.result import Result
from create_group_id_tools.terminal import Unusable, printable, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from create_group_id_tools.events.http_event import HttpResponse
    from onsmqtt_stub import Backend


@click.command(short_help="Run the function on an event file, here or deployed.")
@click.argument("event", required=False, metavar="EVENT")
@click.option(
    "--data", metavar="JSON", help="A body of your own, by POST through the HTTP trigger."
)
@click.option("--runtime", "name", type=click.Choice(RUNTIMES), help=f"By default {RUNTIMES[0]}.")
@click.option("--group", "groups", multiple=True, metavar="ID", help="A group that exists already.")
@click.option("--remote", metavar="TARGET", help="Call a deployed function instead.")
@click.option("--async", "asynchronous", is_flag=True, help="With --remote: do not wait.")
@click.option("--log", is_flag=True, help="With --remote: show the end of the function's log.")
@click.option("--live", is_flag=True, help="Run here, over the real OnsMqtt: billed.")
@click.option("--yes", is_flag=True, help="With --live: do not ask.")
def command(
    *,
    event: str | None,
    data: str | None,
    name: str | None,
    groups: Sequence[str],
    remote: str | None,
    asynchronous: bool,
    log: bool,
    live: bool,
    yes: bool,
) -> None:
    """Run the function on the bytes of the file EVENT (- is standard input).

    Prints the answer, the calls that the function made and the groups of the stub; the log goes
    to standard error. Ends with 1 where the function raised.

    TARGET is a trigger's URL, fc3://FUNCTION?region=REGION, or
    fc2://SERVICE/FUNCTION?account=ACCOUNT&region=REGION. The key is that of
    ALIBABA_CLOUD_ACCESS_KEY_ID and so on, else of ~/.aliyun/config.json or
    ~/.alibabacloud/credentials.ini; FC_BEARER_TOKEN is for a trigger that takes tokens.
    """
    if remote is not None:
        refuse("--remote", {"--runtime": name, "--group": groups, "--live": live, "--yes": yes})
    else:
        refuse("a run here", {"--async": asynchronous, "--log": log})
        refuse("--live" if live else "the stub", {"--group": groups} if live else {"--yes": yes})
    request_id = new_request_id()
    payload = _payload(event, data, request_id)
    if remote is not None:
        _remotely(payload, remote, asynchronous=asynchronous, log=log)
    elif live:
        result = run_live(payload, name or RUNTIMES[0], request_id, ask=not yes)
        _end(payload, result, request_id)
    else:
        result, backend = over_stub(payload, name or RUNTIMES[0], groups, request_id)
        _end(payload, result, request_id, _aftermath(backend))


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
        raise Unusable("give an event file, or --data and a body")
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
        raise Unusable(f"{event}: {error.strerror}") from None


def _remotely(payload: bytes, target: str, *, asynchronous: bool, log: bool) -> None:
    # Late, as above.
    from create_group_id_tools.remote import function  # noqa: PLC0415 - see there

    reply = function.invoker(target, os.environ)(payload, asynchronous=asynchronous, log=log)
    click.echo(printable(f"{reply.log}{reply.usage}"), err=True)
    if reply.by_http or reply.status == 202:
        _finish(_http(reply.response()), failed=bool(reply.error_type))
    _end(payload, Result(reply.body, reply.error_type), reply.request_id)


def _end(payload: bytes, result: Result, request_id: str, aftermath: str = "") -> NoReturn:
    failed, text = bool(result.error_type), result.body.decode(errors="replace")
    if failed:
        text = f"{result.error_type}\n{text}"
    elif http_event.is_event(payload):
        response = http_event.response(result, request_id)
        failed, text = http_event.is_failure(response.status, response.body), _http(response)
    _finish("\n".join(filter(None, [text, aftermath])), failed=failed)


def _finish(text: str, *, failed: bool) -> NoReturn:
    click.echo(printable(text))
    sys.exit(1 if failed else 0)


def _http(response: HttpResponse) -> str:
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
