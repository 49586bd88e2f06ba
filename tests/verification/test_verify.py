"""`verify`: what it plans, that it asks, its results and its report."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from create_group_id_tools.commands.verify import command
from create_group_id_tools.verification import probes, registry
from create_group_id_tools.verification.onsmqtt_client import OnsMqttClient
from onsmqtt_stub import INSTANCE_ID, Backend
from onsmqtt_stub.server import running
from tests.remote.conftest import home, signed, signed_backend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from tests.local.stacks import Local

__all__ = ["home", "signed", "signed_backend"]

KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testid", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unpaced = partial(OnsMqttClient, sleep=lambda _: None)
    monkeypatch.setattr(probes, "OnsMqttClient", unpaced)


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "resolve", lambda _: None)


@pytest.fixture
def service() -> Backend:
    return Backend()


@pytest.fixture
def url(service: Backend) -> Iterator[str]:
    with running(service) as url:
        yield url


def verify(url: str, *arguments: str, typed: str = "", **environ: str) -> Result:
    own = {
        "ONSMQTT_ENDPOINT": url,
        "ONSMQTT_INSTANCE_ID": INSTANCE_ID,
        "ONSMQTT_REGION_ID": "cn-hangzhou",
        **KEY,
        **environ,
    }
    return CliRunner(env=own).invoke(command, arguments, input=typed)


def test_it_names_the_instance_and_the_costs_and_asks(service: Backend, url: str) -> None:
    done = verify(url, typed="y\n")
    assert done.exit_code == 0, done.output
    lines = done.stderr.splitlines()
    host = url.removeprefix("http://")
    assert lines[0] == f"MQTT instance {INSTANCE_ID}, through {host}"
    assert [line.split()[0] for line in lines[1:7]] == [
        group.name for group in registry.CLAIM_GROUPS
    ]
    assert "billed as one message TPS each" in lines[3]
    assert lines[4].split("  ")[1].startswith("not checked: needs --throttle")
    assert lines[7].startswith("Continue? [y/N]: ")
    assert service.groups() == []


@pytest.mark.parametrize(
    ("typed", "message"),
    (("n\n", "nothing was called"), ("\n", "nothing was called"), ("", "or use --yes")),
)
def test_without_a_yes_nothing_is_called(
    service: Backend, url: str, typed: str, message: str
) -> None:
    done = verify(url, typed=typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[-1]
    assert not service.journal


def test_each_claim_has_a_line_and_is_in_the_report(
    url: str, signed: Local, tmp_path: Path
) -> None:
    report = tmp_path / "new" / "report.json"
    function = f"fc3://create-group-id?endpoint={signed.url}"
    done = verify(url, "--yes", "--report", str(report), signed.url, function)
    assert done.exit_code == 0, done.output
    document = json.loads(report.read_text())
    found = {one["name"]: one["verdict"] for one in document["claims"]}
    assert list(found) == list(registry.NAMES)
    assert {name for name, verdict in found.items() if verdict != "confirmed"} == {"throttling"}
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(registry.NAMES)
    assert document["groups_left"] == []
    for secret in ("testsecret", "testid", "testtoken"):
        assert secret not in report.read_text()
        assert secret not in done.output


def test_a_claim_that_is_wrong_is_a_finding(service: Backend, url: str, tmp_path: Path) -> None:
    service.deny("DeleteGroupId")
    report = tmp_path / "report.json"
    done = verify(url, "--yes", "--report", str(report))
    assert done.exit_code == 3
    lines = done.stdout.splitlines()
    (place,) = (number for number, line in enumerate(lines) if "otherwise" in line)
    assert lines[place].split() == ["missing-group", "otherwise", "403", "NoPermission"]
    assert lines[place + 1].split(maxsplit=1) == [
        "expected:",
        "400 ResourcePermissionCheckFailed",
    ]
    left = json.loads(report.read_text())["groups_left"]
    assert left == service.groups()
    assert len(left) == 3
    assert done.stderr.splitlines()[-4:] == [
        "These groups may be left. To delete them, which is billed:",
        *(
            f"  aliyun onsmqtt DeleteGroupId --region cn-hangzhou --InstanceId {INSTANCE_ID}"
            f" --GroupId {group_id}"
            for group_id in left
        ),
    ]


def test_only_some_claims(service: Backend, url: str) -> None:
    done = verify(url, "--yes", "--only", "unknown-key", "--only", "reused-nonce")
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "unknown-key",
        "reused-nonce",
    ]
    assert service.groups() == []


def test_throttle_is_asked_for(service: Backend, url: str) -> None:
    done = verify(url, "--yes", "--throttle", "--only", "throttling")
    assert done.exit_code == 3
    assert len(service.journal) == 31


@pytest.mark.parametrize(
    ("arguments", "environ", "message"),
    (
        (["--only", "x"], {}, "--only: unknown claim; use one of public-endpoints, "),
        (["--only", "trigger-text"], {}, "nothing can be checked; see above what that needs"),
        (["fc2://any/name?account=1&region=a"], {}, "fc2:// cannot be verified; use https://"),
        (["http://127.0.0.1:1", "http://127.0.0.1:2"], {}, "too many targets; use one trigger"),
        (["nowhere"], {}, "invalid target; use https://"),
        ([], {"ONSMQTT_NETWORK": "x"}, "ONSMQTT_NETWORK has a wrong value"),
        ([], {"ONSMQTT_REGION_ID": ""}, "set ONSMQTT_REGION_ID to the region of"),
        ([], {"ALIBABA_CLOUD_ACCESS_KEY_ID": ""}, "set both ALIBABA_CLOUD_ACCESS_KEY_ID and"),
    ),
)
def test_bad_input_is_one_line(
    url: str, arguments: list[str], environ: dict[str, str], message: str
) -> None:
    done = verify(url, "--yes", *arguments, **environ)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[-1]


def test_a_report_that_cannot_be_written_is_one_line(url: str, tmp_path: Path) -> None:
    done = verify(url, "--yes", "--only", "unknown-key", "--report", str(tmp_path))
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == f"Error: {tmp_path}: Is a directory"


def test_without_an_instance_only_names_are_looked_up(url: str) -> None:
    done = verify(url, "--yes", ONSMQTT_INSTANCE_ID="")
    assert done.exit_code == 0
    assert "public-endpoints          confirmed" in done.stdout
    assert "needs ONSMQTT_INSTANCE_ID and ONSMQTT_REGION_ID" in done.stdout


def test_groups_are_deleted_although_a_check_fails(
    service: Backend, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: Any) -> str:
        raise KeyboardInterrupt

    *most, last = registry.GROUPS.claims
    claims = (*most, type(last)(last.name, last.text, last.expected, stop))
    monkeypatch.setattr(registry, "CLAIM_GROUPS", (registry.ClaimGroup("groups", claims, "", ""),))
    done = verify(url, "--yes")
    assert done.exit_code == 1
    assert service.groups() == []
    assert [call.action for call in service.journal].count("DeleteGroupId") == 3
