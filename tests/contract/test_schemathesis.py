"""The function in a local Function Compute conforms to docs/openapi.json, by schemathesis.

`EXAMPLES` in the environment is how many cases fuzzing and the stateful phase generate at most, and
`SEED` chooses them.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests

from create_group_id_tools.testing import local_function

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.contract

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
EXAMPLES, SEED = os.environ.get("EXAMPLES", "60"), os.environ.get("SEED", "1")
FEW = ["--phases", "examples,fuzzing", "--max-examples", "8"]
# What the function reports for others is no error of the function.
UPSTREAM = ["--exclude-checks", "not_a_server_error"]
INVOCATION = re.compile(
    r"^FC Invoke Start RequestId: (?P<id>\S+)\n.*?^FC Invoke End RequestId: (?P=id).*?$",
    re.DOTALL | re.MULTILINE,
)


def fault(code: str, status: int, **rest: Any) -> dict[str, Any]:
    return {"effect": "error", "code": code, "status": status, **rest}


class Scenario(NamedTuple):
    """A configuration of the server, and responses that must be among the validated ones."""

    expected: set[tuple[int, str | None]]
    faults: tuple[dict[str, Any], ...] = ()
    options: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it
    arguments: list[str] = []  # noqa: RUF012 - likewise
    is_busy: bool = False
    signs: bool = False


SCENARIOS = {
    "sound": Scenario(
        {
            (200, "Created"), (200, "AlreadyExists"), (202, None), (400, "InvalidPayload"),
            (400, "MalformedPayload"), (400, "UnknownEventType"), (403, "InstanceNotAllowed"),
            (403, "AccessDenied"), (409, "GroupIdAlreadyExists"),
        },
        arguments=["--max-examples", EXAMPLES],
    ),
    "signed": Scenario(
        {(200, "Created"), (202, None), (400, "InvalidPayload"), (415, "UnsupportedMediaType")},
        options={"signed": True},
        arguments=["--phases", "examples,coverage"],
        signs=True,
    ),
    "unsigned": Scenario(
        {(400, "MissingRequiredHeader")}, options={"signed": True}, arguments=FEW
    ),
    "throttled": Scenario(
        # After the first throttle the instance waits, and has no time for an attempt.
        {(429, "Throttled"), (504, "DeadlineExceeded")},
        (fault("Throttling.User", 400, headers={"x-acs-retry-after": "60000"}),),
        arguments=["--phases", "examples,coverage", *UPSTREAM],
    ),
    "refused": Scenario(
        {
            (400, "InvalidParameter"), (403, "InstanceAccessDenied"), (404, "InstanceNotFound"),
            (409, "GroupIdUsedByAnotherAccount"), (500, "CredentialsRejected"),
            (502, "UpstreamRejected"), (502, "UpstreamBadResponse"),
        },
        (
            fault("ParameterFieldCheckFailed", 400, probability=0.15, seed=1),
            fault("InstancePermissionCheckFailed", 400, probability=0.15, seed=2),
            fault("InstanceNotFound", 400, probability=0.15, seed=3),
            fault("GroupIdAlreadyUsedByOtherUsers", 400, probability=0.15, seed=4),
            fault("SignatureDoesNotMatch", 400, probability=0.2, seed=5),
            fault("Unheard.Of", 400, probability=0.2, seed=6),
            {"effect": "redirect", "location": "https://example.com/"},
        ),
        arguments=["--phases", "examples,coverage", *UPSTREAM],
    ),
    "failing": Scenario(
        {(502, "UpstreamInternalError")},
        (fault("InternalError", 500, headers={"Retry-After": "60"}),),
        arguments=[*FEW, *UPSTREAM],
    ),
    "unavailable": Scenario(
        {(503, "UpstreamUnavailable")},
        (fault("ServiceUnavailable", 503, headers={"Retry-After": "60"}),),
        arguments=[*FEW, *UPSTREAM],
    ),
    "silent": Scenario(
        {(504, "UpstreamTimeout")},
        ({"effect": "delay", "delay": 30},),
        options={"timeout": 1},
        arguments=[*FEW, *UPSTREAM],
    ),
    "misconfigured": Scenario(
        {(500, "ConfigurationError")},
        options={"environment": {"ONSMQTT_NETWORK": "neither"}},
        arguments=[*FEW, *UPSTREAM],
    ),
    "busy": Scenario(
        {(429, "ResourceExhausted")},
        ({"effect": "delay", "delay": 30, "group_id": "GID_held"},),
        options={"instances": 1, "timeout": 13},  # FC here waits 10 s for an instance
        arguments=["--phases", "examples"],
        is_busy=True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_response_is_described(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    scenario = SCENARIOS[name]
    report = tmp_path / "report.ndjson"
    options = {"instances": 2, **scenario.options}
    with local_function(**options) as function:
        function.set_faults(scenario.faults)
        with held(function.url) if scenario.is_busy else nullcontext():
            done = run(function.url, report, scenario)
    log, output = capfd.readouterr().err, done.stdout + done.stderr
    assert done.returncode == 0, f"{output}\n{log_of_those_named(output, log)}"
    phases, responses = summary(report)
    with capfd.disabled():
        print(f"\n{name}: {sum(phases.values())} cases {dict(phases)}; {dict(responses)}")  # noqa: T201
    assert scenario.expected <= {*responses}


def run(url: str, report: Path, scenario: Scenario) -> subprocess.CompletedProcess[str]:
    """Run schemathesis, which writes its report as JSON lines."""
    return subprocess.run(  # noqa: S603 - the program is ours
        [
            ROOT / ".venv-contract/bin/schemathesis",
            "--config-file", HERE / "schemathesis.toml",
            "run", ROOT / "docs/openapi.json",
            "--url", url,
            "--seed", SEED,
            "--report", "ndjson", "--report-ndjson-path", report,
            *scenario.arguments,
        ],
        cwd=report.parent,
        env={
            "PATH": os.environ["PATH"],
            "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
            "SIGNS": "yes" if scenario.signs else "",
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def log_of_those_named(output: str, log: str) -> str:
    """Return the lines of the function's log for the invocations that an output names."""
    blocks = INVOCATION.finditer(log)
    return "\n".join(block[0] for block in blocks if block["id"] in output)


def summary(report: Path) -> tuple[Counter[str], Counter[tuple[int, str | None]]]:
    """Count the cases by phase, and the responses by status and code or outcome."""
    phases: Counter[str] = Counter()
    responses: Counter[tuple[int, str | None]] = Counter()
    for line in report.read_text(encoding="utf-8").splitlines():
        scenario = json.loads(line).get("ScenarioFinished")
        if scenario is None:
            continue
        phases[scenario["phase"]] += len(scenario["recorder"].get("cases", ()))
        for interaction in scenario["recorder"].get("interactions", {}).values():
            responses[kind(interaction["response"])] += 1
    return phases, responses


def kind(response: dict[str, Any]) -> tuple[int, str | None]:
    """Return the status, and the code or the outcome in the body."""
    body = base64.b64decode((response["content"] or {}).get("$base64", ""))
    try:
        value = json.loads(body)
    except ValueError:
        return response["status_code"], None
    inner = value.get("Data") or value.get("Error") or value
    return response["status_code"], inner.get("Outcome") or inner["Code"]


@contextmanager
def held(url: str) -> Iterator[None]:
    """Keep the one instance busy, by a call that the stub does not respond to."""
    thread = Thread(target=lambda: requests.post(url, json={"GroupId": "GID_held"}, timeout=90))
    thread.start()
    yield
    thread.join()
