"""`invoke`: the function on an event file: here over the stub, here over OnsMqtt, or deployed."""

from __future__ import annotations

import difflib
import io
import os
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from create_group_id_tools.account.live import run_live
from create_group_id_tools.events import http_event
from create_group_id_tools.project import INSTANCE_ID, RUNTIMES, SAMPLES
from create_group_id_tools.report import InvocationReport, show, show_json
from create_group_id_tools.runtime import runtime
from create_group_id_tools.runtime.context import new_request_id, own_variables
from create_group_id_tools.runtime.result import Result
from create_group_id_tools.terminal import FINDING, CommandError, excludes, needs, note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from create_group_id_tools.events.http_event import HttpResponse
    from onsmqtt_stub import Backend


@click.command(short_help="Run the function on an event file, here or deployed.")
@click.argument("event", required=False, metavar="[EVENT]")
@click.option("--data", metavar="TEXT", help="Send this body by POST through the HTTP trigger.")
@click.option(
    "--runtime",
    "runtime_name",
    type=click.Choice(RUNTIMES),
    help=f"Python runtime of Function Compute to imitate. [default: {RUNTIMES[0]}]",
)
@click.option("--group", "groups", multiple=True, metavar="ID", help="A group that exists already.")
@click.option("--remote", metavar="TARGET", help="Call a deployed function instead.")
@click.option("--async", "asynchronous", is_flag=True, help="With --remote: do not wait.")
@click.option("--log", is_flag=True, help="Show the function's log; of --remote its end.")
@click.option("--live", is_flag=True, help="Run here, over the real OnsMqtt: billed.")
@click.option("--yes", is_flag=True, help="With --live: do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--check-status", is_flag=True, help="End with 3 for an HTTP status of 400 or more.")
def command(
    *,
    event: str | None,
    data: str | None,
    runtime_name: str | None,
    groups: Sequence[str],
    remote: str | None,
    asynchronous: bool,
    log: bool,
    live: bool,
    yes: bool,
    as_json: bool,
    check_status: bool,
) -> None:
    """Run the function on the bytes of the file EVENT (- is standard input), or on --data.

    The answer goes to standard output, everything else to standard error: the HTTP status and
    headers, the calls that the function made, the groups of the stub. Ends with 3 where the
    function raised.

    TARGET is a trigger's URL, fc3://FUNCTION?region=REGION, or
    fc2://SERVICE/FUNCTION?account=ACCOUNT&region=REGION. The key is that of
    ALIBABA_CLOUD_ACCESS_KEY_ID and so on, else of ~/.aliyun/config.json or
    ~/.alibabacloud/credentials.ini; FC_BEARER_TOKEN is for a trigger that takes tokens.

    \b
    create-group-id invoke events/cloudevent.json
    create-group-id invoke --data '{"tenantId": "acme"}' --json
    """  # noqa: D301 - click's mark for lines that stay as they are
    if remote is not None:
        other_options = {"--runtime": runtime_name, "--group": groups, "--live": live, "--yes": yes}
        excludes("--remote", other_options)
    else:
        needs("--remote", {"--async": asynchronous})
    if live:
        excludes("--live", {"--group": groups})
    else:
        needs("--live", {"--yes": yes})
    request_id = new_request_id()
    payload = _payload(event, data, request_id)
    if remote is not None:
        report = _invoke_remote(payload, remote, asynchronous=asynchronous, log=log)
    else:
        stream = sys.stderr if log else io.StringIO()
        runtime_name = runtime_name or RUNTIMES[0]
        if live:
            result = run_live(payload, runtime_name, request_id, ask=not yes, log=stream)
            report = InvocationReport(result, _response(payload, result, request_id))
        else:
            _note_variables(own_variables(os.environ))
            result, backend = invoke_over_stub(payload, runtime_name, groups, request_id, stream)
            report = InvocationReport(result, _response(payload, result, request_id), backend)
    (show_json if as_json else show)(report)
    bad = check_status and report.response is not None and report.response.status >= 400
    sys.exit(FINDING if report.failed or bad else 0)


def invoke_over_stub(
    payload: bytes, runtime_name: str, groups: Sequence[str], request_id: str, log: IO[str]
) -> tuple[Result, Backend]:
    """Invoke with a new stub in place of the service, whose groups are `groups` at first."""
    # Not before they are needed: `--help` and bad input answer at once.
    from onsmqtt_stub import Backend, mock_onsmqtt  # noqa: PLC0415 - late, for --help

    variables = own_variables(os.environ)
    backend = Backend()
    for group_id in groups:
        backend.add_group(group_id)
    try:
        mock = mock_onsmqtt(backend, endpoint=variables.get("ONSMQTT_ENDPOINT") or None)
    except ValueError:
        # The function says what is wrong with it, and calls nothing.
        mock = mock_onsmqtt(backend)
    with mock:
        result = runtime.invoke(
            payload,
            runtime_name,
            environ={"ONSMQTT_INSTANCE_ID": INSTANCE_ID, **variables},
            request_id=request_id,
            log=log,
        )
    return result, backend


def _payload(event: str | None, data: str | None, request_id: str) -> bytes:
    if event is None and data is None:
        raise CommandError("nothing to run: name an event file, or give a body with --data")
    if event is not None and data is not None:
        raise CommandError("--data cannot be used with an event file: give one of the two")
    if data is not None:
        # The shell's bytes, whatever they are.
        body = os.fsencode(data)
        headers = (("Content-Type", "application/json"), ("Content-Length", str(len(body))))
        request = http_event.HttpRequest(headers=headers, body=body)
        return http_event.event(request, request_id, time.time())
    if not event:
        raise CommandError("the name of the event file is empty")
    if event == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(event).read_bytes()
    except FileNotFoundError:
        raise CommandError(f"{event}: no such file{_suggestion(Path(event).name)}") from None
    except (OSError, ValueError) as error:
        raise CommandError(f"{event}: {getattr(error, 'strerror', None) or error}") from None


def _suggestion(name: str) -> str:
    samples = [path.name for path in SAMPLES.iterdir()] if SAMPLES.is_dir() else []
    close = difflib.get_close_matches(name, samples, 1)
    return f"; did you mean {os.path.relpath(SAMPLES / close[0])}?" if close else ""


def _note_variables(variables: Mapping[str, str]) -> None:
    """Say which variables of this shell the function sees, since they change its answer."""
    if not variables:
        return
    note(f"The function sees {', '.join(sorted(variables))} of your environment.")
    if variables.get("ONSMQTT_INSTANCE_ID", INSTANCE_ID) != INSTANCE_ID:
        note(f"The stub knows {INSTANCE_ID} only; unset ONSMQTT_INSTANCE_ID, which names another.")


def _invoke_remote(
    payload: bytes, target: str, *, asynchronous: bool, log: bool
) -> InvocationReport:
    # Late, as above.
    from create_group_id_tools.remote.invoker import invoker_for  # noqa: PLC0415 - see there

    response = invoker_for(target, os.environ)(payload, asynchronous=asynchronous, log=log)
    note(f"{response.log}{response.usage}")
    result = Result(response.body, response.error_type)
    if response.by_http or response.status == 202:
        return InvocationReport(result, response.as_http())
    return InvocationReport(result, _response(payload, result, response.request_id))


def _response(payload: bytes, result: Result, request_id: str) -> HttpResponse | None:
    """Return what an HTTP caller would get; None where the event is no HTTP trigger's."""
    return http_event.response(result, request_id) if http_event.is_event(payload) else None
