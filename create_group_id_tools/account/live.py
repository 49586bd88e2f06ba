"""`--live`: run the local function over the real OnsMqtt, with the developer's credentials."""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import click

from create_group_id_tools.account.credentials import find_credentials
from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpRequest
from create_group_id_tools.runtime import runtime
from create_group_id_tools.runtime.context import AccessCredentials, own_variables
from create_group_id_tools.terminal import CommandError, note

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from create_group_id_tools.runtime.result import Result

# https://www.alibabacloud.com/help/en/apsaramq-for-mqtt/api-creategroupid-2
COST = (
    "Each created group counts as one message TPS of the MQTT instance and is billed as such; "
    "a failed call is free."
)


@dataclass(frozen=True)
class PlannedCall:
    """A call of CreateGroupId that an invocation would make."""

    host: str
    group_id: str
    instance_id: str


def run_live(
    payload: bytes, runtime_name: str, request_id: str, *, ask: bool, log: IO[str]
) -> Result:
    """Run the function with its variables in this process' environment; raise `CommandError`.

    Before a call, print the MQTT instance and the cost, and ask for confirmation if `ask`.
    """
    variables = own_variables(os.environ)
    credentials = credentials_for(variables)
    calls, _ = _dry_run(payload, runtime_name, variables)
    if calls:
        for call in dict.fromkeys(calls):
            note(f"CreateGroupId {call.group_id} in {call.instance_id}, through {call.host}")
        note(COST)
        if ask:
            confirm("Continue?")
    return runtime.invoke(
        payload,
        runtime_name,
        credentials=credentials,
        environ=variables,
        request_id=request_id,
        log=log,
    )


def start_live(variables: Mapping[str, str], runtime_name: str, *, ask: bool) -> AccessCredentials:
    """Return the credentials for functions that will make calls; raise `CommandError`.

    Print where groups will be created and at which cost, and ask for confirmation if `ask`.
    """
    if not variables.get("ONSMQTT_INSTANCE_ID"):
        raise CommandError(
            "--live needs ONSMQTT_INSTANCE_ID, the MQTT instance in which to create groups"
        )
    credentials = credentials_for(variables)
    request = HttpRequest(
        headers=(("Content-Type", "application/json"),), body=b'{"GroupId": "GID-any"}'
    )
    calls, result = _dry_run(http_event.event(request, "", 0), runtime_name, variables)
    if not calls:
        envelope = json.loads(json.loads(result.body)["body"])
        raise CommandError(f"--live: {envelope['Error']['Message']}")
    note(f"Groups will be created in {calls[0].instance_id}, through {calls[0].host}.")
    if allowed := variables.get("ONSMQTT_ALLOWED_INSTANCE_IDS"):
        note(f"Payloads may also name these instances: {allowed}")
    note(COST)
    if ask:
        confirm("Start?")
    return credentials


def _dry_run(
    payload: bytes, runtime_name: str, variables: Mapping[str, str]
) -> tuple[list[PlannedCall], Result]:
    """Return the calls that an invocation would make, and its result.

    Nothing leaves this process: the response to each call is InstanceNotFound.
    """
    # Imported late, since most runs are over the stub.
    try:
        import responses  # noqa: PLC0415 - see above
    except ImportError:
        raise CommandError("--live needs the package responses: pip install responses") from None

    calls: list[PlannedCall] = []

    def refuse(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        url = urlsplit(str(request.url))
        query = parse_qs(url.query)
        calls.append(PlannedCall(url.netloc, query["GroupId"][0], query["InstanceId"][0]))
        error = {"Code": "InstanceNotFound", "Message": "", "RequestId": "", "HostId": url.netloc}
        return 400, {}, json.dumps(error)

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback(responses.POST, re.compile(".*"), refuse, content_type="application/json")
        # No need to pace calls that are not made.
        environ = {"ONSMQTT_MAX_QPS": "10000", **variables}
        result = runtime.invoke(payload, runtime_name, environ=environ, log=io.StringIO())
    return calls, result


def credentials_for(variables: Mapping[str, str]) -> AccessCredentials:
    """Return the credentials for a function with these variables; raise `CommandError`.

    An ONSMQTT_ENDPOINT with http:// is a stub on this machine.
    """
    local = variables.get("ONSMQTT_ENDPOINT", "").startswith("http://")
    return find_credentials(os.environ, local=local)


def confirm(question: str) -> None:
    """Ask for confirmation at the terminal; raise `CommandError` unless the reply is yes."""
    try:
        agreed = click.confirm(question, err=True)
    except (click.Abort, OSError):  # the latter if standard input is closed
        raise CommandError(
            "no reply to the question before the first call; reply at a terminal, or use --yes"
        ) from None
    if not agreed:
        raise CommandError("cancelled: nothing was called")
