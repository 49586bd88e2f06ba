"""`serve --live`, over a separate stub instead of OnsMqtt."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from click.testing import CliRunner

from create_group_id_tools.account.live import credentials_for
from create_group_id_tools.commands.serve import command
from create_group_id_tools.local import stack
from create_group_id_tools.runtime.context import AccessCredentials
from create_group_id_tools.template import deployment
from create_group_id_tools.terminal import CommandError
from onsmqtt_stub import INSTANCE_ID, Backend
from onsmqtt_stub.server import running as running_stub
from tests.local.signing import signed_headers
from tests.local.stacks import local

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from click.testing import Result

ROOT = Path(__file__).parents[2]
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAImine", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush"}
INSTANCE = {"ONSMQTT_INSTANCE_ID": INSTANCE_ID}


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def endpoint(backend: Backend) -> Iterator[str]:
    with running_stub(backend) as url:
        yield url


def call(method: str, url: str, body: object = None, **key: str) -> requests.Response:
    """Send a signed request."""
    headers = signed_headers(url, method=method, **key)
    return requests.request(method, url, json=body, headers=headers, timeout=30)


def serve(
    tmp_path: Path, *options: str, environ: Mapping[str, str | None], typed: str = ""
) -> Result:
    """Run the command, which must end before it serves."""
    nothing = dict.fromkeys((*KEY, "ALIBABA_CLOUD_SECURITY_TOKEN", *INSTANCE, "ONSMQTT_ENDPOINT"))
    arguments = ["--on-failure", str(tmp_path / "never" / "failures.jsonl"), *options]
    runner = CliRunner(env={**nothing, "HOME": str(tmp_path), **environ})
    done = runner.invoke(command, arguments, input=typed)
    # No file was made.
    assert not (tmp_path / "never").exists()
    return done


@pytest.mark.parametrize(
    ("options", "environ", "message"),
    (
        (["--live", "--yes"], KEY, "--live needs ONSMQTT_INSTANCE_ID"),
        (["--live", "--yes"], {**KEY, "ONSMQTT_INSTANCE_ID": ""}, "--live needs ONSMQTT_INSTANCE"),
        (["--live", "--yes"], INSTANCE, "no credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID"),
        (["--yes"], {}, "--yes needs --live"),
        (["--live"], {**KEY, "ONSMQTT_INSTANCE_ID": "a b"}, "ONSMQTT_INSTANCE_ID"),
        (["--live"], {**KEY, **INSTANCE, "ONSMQTT_MAX_QPS": "hush"}, "ONSMQTT_MAX_QPS"),
        (["--live"], {**KEY, **INSTANCE, "ONSMQTT_REGION_ID": "../x"}, "ONSMQTT_REGION_ID"),
        (["--live"], {**KEY, **INSTANCE, "ONSMQTT_ALLOWED_INSTANCE_IDS": "other"}, "--live: "),
    ),
)
def test_what_cannot_be_served_is_one_line(
    tmp_path: Path, options: list[str], environ: dict[str, str | None], message: str
) -> None:
    done = serve(tmp_path, *options, environ=environ)
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert message in done.stderr
    assert "hush" not in done.stderr


def test_names_the_instances_that_a_payload_may_name(tmp_path: Path) -> None:
    environ = {**KEY, **INSTANCE, "ONSMQTT_ALLOWED_INSTANCE_IDS": "*"}
    done = serve(tmp_path, "--live", environ=environ, typed="n\n")
    assert done.stderr.splitlines()[1] == "Payloads may also name these instances: *"


@pytest.mark.parametrize(
    ("typed", "message"), (("n\n", "nothing was called"), ("", "or use --yes"))
)
@pytest.mark.parametrize("region", (None, "", "cn-shanghai"))
def test_names_the_target_and_the_cost_and_asks(
    tmp_path: Path, typed: str, message: str, region: str | None
) -> None:
    environ = {**KEY, **INSTANCE, "ONSMQTT_REGION_ID": region}
    done = serve(tmp_path, "--live", environ=environ, typed=typed)
    assert (done.exit_code, done.stdout) == (2, "")
    place, cost, asked = done.stderr.split("\n", 2)
    host = f"onsmqtt.{region or 'cn-hangzhou'}.aliyuncs.com"
    assert place == f"Groups will be created in {INSTANCE_ID}, through {host}."
    assert "is billed" in cost
    assert asked.startswith("Start? [y/N]: ")
    assert asked.splitlines()[-1].endswith(message)
    assert "hush" not in done.output


def test_a_stub_gets_its_own_key_and_not_that_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (*KEY, "ALIBABA_CLOUD_SECURITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    stub = {"ONSMQTT_ENDPOINT": "http://127.0.0.1:1"}
    assert credentials_for(stub) == AccessCredentials("STS.testid", "testsecret", "testtoken")
    with pytest.raises(CommandError, match="no credentials"):
        credentials_for({"ONSMQTT_ENDPOINT": "https://onsmqtt.example.com"})
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    for own in ({}, {"ONSMQTT_ENDPOINT": "https://onsmqtt.example.com"}):
        assert credentials_for(own) == AccessCredentials("LTAImine", "hush", "")


@pytest.mark.parametrize(
    ("options", "name"), ((["--live", "--yes"], "failures-live.jsonl"), ([], "failures.jsonl"))
)
def test_the_events_of_a_trial_are_never_run_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], name: str
) -> None:
    used: list[str] = []

    def running(_deployments: object, options: stack.Options) -> None:
        used.append(options.on_failure.path.name)
        raise OSError(errno.EADDRINUSE, "taken")

    monkeypatch.setattr(
        "create_group_id_tools.commands.serve._FAILURES", tmp_path / "failures.jsonl"
    )
    monkeypatch.setattr(
        "create_group_id_tools.commands.serve._LIVE_FAILURES", tmp_path / "failures-live.jsonl"
    )
    monkeypatch.setattr("create_group_id_tools.terminal.stop_event", threading.Event)
    monkeypatch.setattr(stack, "running", running)
    done = CliRunner(env={**KEY, **INSTANCE}).invoke(command, options)
    assert (done.exit_code, used) == (2, [name])


def test_creates_groups_at_the_endpoint(tmp_path: Path, backend: Backend, endpoint: str) -> None:
    command = [
        sys.executable,
        "-m",
        "create_group_id_tools",
        "serve",
        "--live",
        "--yes",
        "--port",
        "0",
    ]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--on-failure", str(tmp_path / "failures.jsonl")],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **INSTANCE, "ONSMQTT_ENDPOINT": endpoint},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            response = call("POST", url, {"GroupId": "GID_live"}).json()
            state = call("GET", f"{url}/_local/state").json()
            faults = call("POST", f"{url}/_local/faults", [])
            reset = call("POST", f"{url}/_local/reset")
        finally:
            process.terminate()
            _, log = process.communicate(timeout=30)
    assert response["Data"]["Outcome"] == "Created"
    assert backend.groups() == ["GID_live"]
    host = endpoint.removeprefix("http://")
    assert log.splitlines()[0] == f"Groups will be created in {INSTANCE_ID}, through {host}."
    assert "testsecret" not in log
    assert "testtoken" not in log
    assert set(state) == {"samples", "invocations"}
    assert "GID_live" in state["invocations"][0]["event"]
    for refused in (faults, reset):
        assert (refused.status_code, refused.json()["Message"]) == (
            400,
            "with --live there is no stub, and nothing to reset",
        )


@pytest.mark.parametrize(
    ("secret", "expected"), (("testsecret", "Created"), ("wrong", "SignatureDoesNotMatch"))
)
def test_signs_the_calls_with_the_given_credentials(
    tmp_path: Path, endpoint: str, secret: str, expected: str
) -> None:
    own = {**INSTANCE, "ONSMQTT_ENDPOINT": endpoint}
    deployments = deployment.read((ROOT / "template.yml").read_text(), {}, own)
    # A permanent key, unlike those of a role.
    credentials = AccessCredentials("testid", secret, "")
    with local(tmp_path, deployments[:1], credentials=credentials) as running:
        # The callers sign with the same key.
        key = {"secret": secret, "key": "testid", "token": ""}
        response = call("POST", running.url, {"GroupId": "GID_mine"}, **key).json()
    data, error = response.get("Data", {}), response.get("Error", {})
    outcome = data.get("Outcome") or error["UpstreamCode"]
    assert outcome == expected


@pytest.mark.parametrize(
    ("method", "path"),
    (
        ("POST", "/"),
        ("GET", "/_local"),
        ("GET", "/_local/state"),
        ("POST", "/_local/send"),
        ("POST", "/_local/reset"),
        ("POST", "/2023-03-30/functions/create-group-id/invocations"),
    ),
)
def test_every_api_accepts_signatures_of_that_key_only(
    tmp_path: Path, backend: Backend, endpoint: str, method: str, path: str
) -> None:
    own = {**INSTANCE, "ONSMQTT_ENDPOINT": endpoint}
    deployments = deployment.read((ROOT / "template.yml").read_text(), {}, own)
    body = {"GroupId": "GID_stranger"}
    with local(
        tmp_path, deployments[:1], credentials=AccessCredentials("LTAImine", "hush", "")
    ) as running:
        url = running.url + path
        unsigned = requests.request(method, url, json=body, timeout=30)
        published = call(method, url, body)  # with the stub's key, which is public
        wrong = call(method, url, body, key="LTAImine", secret="wrong", token="")
    assert (unsigned.status_code, unsigned.json()["Code"]) == (400, "MissingRequiredHeader")
    assert (published.status_code, published.json()["Code"]) == (403, "InvalidAccessKeyID")
    assert (wrong.status_code, wrong.json()["Code"]) == (403, "AccessDenied")
    assert backend.groups() == []
