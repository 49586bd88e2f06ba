"""`invoke`: run the function on an event, over the stub or the real OnsMqtt, or a deployed one."""

from __future__ import annotations

import io
import os
import sys
import time
from typing import IO, TYPE_CHECKING

import click

from create_group_id_tools.account.live import run_live
from create_group_id_tools.events import event_file, http_event
from create_group_id_tools.project import INSTANCE_ID, RUNTIMES
from create_group_id_tools.report import InvocationReport, show, show_json
from create_group_id_tools.runtime import runtime
from create_group_id_tools.runtime.context import new_request_id, own_variables
from create_group_id_tools.runtime.result import Result
from create_group_id_tools.terminal import (
    FINDING,
    GROUP_ID,
    CommandError,
    excludes,
    needs,
    note,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from create_group_id_tools.events.http_event import HttpResponse
    from onsmqtt_stub import Backend


@click.command(short_help="Run the function on an event file, here or deployed.")
@click.argument("event", required=False, metavar="[EVENT]")
@click.option(
    "--data",
    metavar="TEXT",
    help="Send TEXT as the body of an HTTP POST, instead of an event file.",
)
@click.option(
    "--runtime",
    "runtime_name",
    type=click.Choice(RUNTIMES),
    help=f"Run the function as this runtime of Function Compute does.  [default: {RUNTIMES[0]}]",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    type=GROUP_ID,
    metavar="ID",
    help="Create this group in the stub before the run; may be repeated.",
)
@click.option("--remote", metavar="TARGET", help="Invoke a deployed function instead.")
@click.option(
    "--async", "asynchronous", is_flag=True, help="Do not wait for the result; needs --remote."
)
@click.option(
    "--log", is_flag=True, help="Print the function's log; with --remote, its last 4 KiB."
)
@click.option("--live", is_flag=True, help="Create the group in the real OnsMqtt; it is billed.")
@click.option("--yes", is_flag=True, help="Do not ask before the call; needs --live.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the response, the calls and the groups as one JSON document.",
)
@click.option(
    "--check-status",
    is_flag=True,
    help="Exit with status 3 also if the HTTP status is 400 or above.",
)
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
    """Run the function on the file EVENT (- for standard input), or on an HTTP POST of --data.

    Print the response to standard output, and everything else to standard error: the HTTP status
    and headers, the calls that the function made, and the groups of the stub. Exit with status 3
    if the function raised an exception.

    TARGET is the URL of an HTTP trigger, fc3://FUNCTION?region=REGION, or
    fc2://SERVICE/FUNCTION?account=ACCOUNT&region=REGION. The credentials are
    ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN,
    or those of ~/.aliyun/config.json or ~/.alibabacloud/credentials.ini. For a trigger with JWT
    authentication, set FC_BEARER_TOKEN.

    \b
    Examples:
      create-group-id invoke events/cloudevent.json
      create-group-id invoke --data '{"tenantId": "acme"}' --json
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
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
    if check_status and report.response is None:
        note("--check-status had no effect: this event has no HTTP response")
    bad = check_status and report.response is not None and report.response.status >= 400
    sys.exit(FINDING if report.failed or bad else 0)


def invoke_over_stub(
    payload: bytes, runtime_name: str, groups: Sequence[str], request_id: str, log: IO[str]
) -> tuple[Result, Backend]:
    """Invoke the function over a new stub, in which `groups` exist already."""
    from onsmqtt_stub import Backend, mock_onsmqtt  # noqa: PLC0415 - late, so that --help is fast

    variables = own_variables(os.environ)
    backend = Backend()
    for group_id in groups:
        backend.add_group(group_id)
    try:
        mock = mock_onsmqtt(backend, endpoint=variables.get("ONSMQTT_ENDPOINT") or None)
    except ValueError:
        # The function reports the wrong endpoint, and makes no call.
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
    if event is not None and data is not None:
        raise CommandError("--data cannot be used with an event file; use one of the two")
    if event is not None:
        return event_file.read(event)
    if data is None:
        raise CommandError("no event: name an event file, or pass a body with --data")
    # The bytes as the shell passed them, which may not be UTF-8.
    body = os.fsencode(data)
    headers = (("Content-Type", "application/json"), ("Content-Length", str(len(body))))
    request = http_event.HttpRequest(headers=headers, body=body)
    return http_event.event(request, request_id, time.time())


def _note_variables(variables: Mapping[str, str]) -> None:
    """Print the variables of this shell that the function reads, since they change its result."""
    if not variables:
        return
    note(f"The function reads {', '.join(sorted(variables))} from your environment.")
    if variables.get("ONSMQTT_INSTANCE_ID", INSTANCE_ID) != INSTANCE_ID:
        note(f"The stub only has {INSTANCE_ID}; unset ONSMQTT_INSTANCE_ID, which names another.")


def _invoke_remote(
    payload: bytes, target: str, *, asynchronous: bool, log: bool
) -> InvocationReport:
    from create_group_id_tools.remote.invoker import invoker_for  # noqa: PLC0415 - see there

    response = invoker_for(target, os.environ)(payload, asynchronous=asynchronous, log=log)
    note(f"{response.log}{response.usage}")
    result = Result(response.body, response.error_type)
    if response.by_http or response.status == 202:
        return InvocationReport(result, response.as_http())
    return InvocationReport(result, _response(payload, result, response.request_id))


def _response(payload: bytes, result: Result, request_id: str) -> HttpResponse | None:
    """Return the HTTP response to the caller, or None if the event is not from an HTTP trigger."""
    return http_event.response(result, request_id) if http_event.is_event(payload) else None
