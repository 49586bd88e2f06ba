"""`invoke --live`, with a stub behind a port instead of the real service."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from create_group_id_tools.commands.invoke import command
from onsmqtt_stub import INSTANCE_ID, Backend, Fault
from onsmqtt_stub.server import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

EVENTS = Path(__file__).parents[2] / "events"
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testid", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret"}
COST = "Each created group counts as one message TPS of the MQTT instance"


@pytest.fixture
def service() -> Backend:
    return Backend()


@pytest.fixture
def url(service: Backend) -> Iterator[str]:
    with running(service) as url:
        yield url


def live(
    url: str, *options: str, event: str = "cloudevent.json", typed: str = "", **environ: str
) -> Result:
    own = {"ONSMQTT_ENDPOINT": url, "ONSMQTT_INSTANCE_ID": INSTANCE_ID, **KEY, **environ}
    arguments = [str(EVENTS / event), "--live", *options]
    return CliRunner(env=own).invoke(command, arguments, input=typed)


@pytest.mark.parametrize("runtime", ("python3.10", "python3.12"))
def test_it_names_the_instance_and_the_cost_and_asks(
    service: Backend, url: str, runtime: str
) -> None:
    done = live(url, "--runtime", runtime, typed="y\n")
    assert done.exit_code == 0
    host = url.removeprefix("http://")
    named, cost, asked = done.stderr.splitlines()[:3]
    assert named == f"CreateGroupId GID_test in {INSTANCE_ID}, through {host}"
    assert cost.startswith(COST)
    assert asked.startswith("Continue? [y/N]: ")
    assert json.loads(done.stdout)["Data"]["Outcome"] == "Created"
    assert service.groups() == ["GID_test"]


@pytest.mark.parametrize(
    ("typed", "message"),
    (("n\n", "nothing was called"), ("\n", "nothing was called"), ("", "or use --yes")),
)
def test_without_a_yes_nothing_is_called(
    service: Backend, url: str, typed: str, message: str
) -> None:
    done = live(url, typed=typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[-1]
    assert not service.journal


def test_a_question_that_cannot_be_read_is_not_answered(
    service: Backend, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> bool:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    monkeypatch.setattr(click, "confirm", closed)
    done = live(url)
    assert (done.exit_code, "reply at a terminal, or use --yes" in done.stderr) == (2, True)
    assert not service.journal


def test_yes_skips_the_question(service: Backend, url: str) -> None:
    done = live(url, "--yes", event="http-create-group-id.json")
    assert "HTTP/1.1 200 OK\n" in done.stderr
    assert "Continue?" not in done.stderr
    assert COST in done.stderr
    assert service.groups() == ["GID_test"]


def test_each_group_of_a_batch_is_named_once(service: Backend, url: str, tmp_path: Path) -> None:
    batch = tmp_path / "batch.json"
    batch.write_text(json.dumps([{"tenantId": name} for name in ("one", "two", "one")]))
    done = live(url, "--yes", event=str(batch), ONSMQTT_MAX_QPS="1000")
    lines = done.stderr.splitlines()
    named = [line.split()[1] for line in lines if line.startswith("CreateGroupId ")]
    assert named == service.groups() == ["GID_one", "GID_two"]


def test_does_not_ask_with_a_wrong_variable(url: str) -> None:
    done = live(url, event="http-create-group-id.json", ONSMQTT_MAX_QPS="abc")
    assert (done.exit_code, "Continue?" in done.stderr) == (0, False)
    assert "ConfigurationError" in done.stdout


@pytest.mark.parametrize("event", ("http-invalid-group-id.json", "direct-invalid-group-id.json"))
def test_does_not_ask_if_nothing_would_be_called(service: Backend, url: str, event: str) -> None:
    done = live(url, event=event)
    assert done.exit_code == 0
    assert "Continue?" not in done.stderr
    assert "InvalidPayload" in done.stdout
    assert not service.journal


def test_a_failure_of_the_service_is_the_functions_response(service: Backend, url: str) -> None:
    service.set_faults([Fault("error", code="NoPermission")])
    done = live(url, "--yes")
    assert done.exit_code == 3
    assert "AccessDenied" in done.stderr


@pytest.mark.parametrize("runtime", ("python3.10", "python3.12"))
def test_the_real_service_never_gets_the_key_of_the_stub(runtime: str) -> None:
    own = {"ONSMQTT_INSTANCE_ID": INSTANCE_ID}
    arguments = [str(EVENTS / "cloudevent.json"), "--live", "--yes", "--runtime", runtime]
    done = CliRunner(env=own).invoke(command, arguments)
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "no credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID" in done.stderr


def test_a_refused_key_is_not_shown(service: Backend, url: str) -> None:
    done = live(url, "--yes", ALIBABA_CLOUD_ACCESS_KEY_SECRET="hush")
    assert "CredentialsRejected" in done.stderr
    assert "hush" not in done.output
    assert service.groups() == []
