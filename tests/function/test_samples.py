"""The sample events, and the command `event` that prints them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from create_group_id.errors import ProvisioningFailed
from create_group_id_tools.cli import main
from create_group_id_tools.commands.event import command
from create_group_id_tools.events.samples import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world import World

EVENTS = Path(__file__).parents[2] / "events"
FILES = sorted(path.name for path in EVENTS.iterdir() if path.name != "README.md")


def rows() -> Iterator[tuple[str, str]]:
    """Yield the rows of the tables in the README: a file and its result."""
    for line in (EVENTS / "README.md").read_text(encoding="utf-8").splitlines():
        if row := re.fullmatch(r"\| `([^`]+)` \| .+ \| (.+) \|", line):
            yield row[1], row[2]


EXPECTED = dict(rows())


def describe(envelope: dict[str, Any]) -> str:
    if envelope["Success"]:
        return f"{envelope['Data']['Outcome']} {envelope['Data']['GroupId']}"
    error = envelope["Error"]
    violations = [
        f"{violation['Pointer'] or '(whole)'} {violation['Keyword']}"
        for violation in error.get("Violations", [])
    ]
    return ", ".join([error["Code"], *violations])


def result_of(world: World, event: bytes) -> str:
    try:
        response = world.handle(event)
    except ProvisioningFailed as failure:
        head, envelope = "raises ", json.loads(str(failure))
    else:
        head, envelope = "", response
        if "statusCode" in response:
            head, envelope = f"{response['statusCode']} ", json.loads(response["body"])
    return head + "; ".join(map(describe, envelope.get("Results", [envelope])))


def test_every_file_has_a_row_and_every_row_a_file() -> None:
    assert sorted(EXPECTED) == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_sample_has_the_result_in_its_row(name: str, world: World) -> None:
    assert result_of(world, (EVENTS / name).read_bytes()) == EXPECTED[name]


def test_the_event_of_make_run_creates_gid_test(world: World) -> None:
    world.handle((EVENTS / "http-create-group-id.json").read_bytes())
    assert world.backend.groups() == ["GID_test"]


def test_a_batch_with_a_wrong_event_creates_the_others(world: World) -> None:
    world.failed((EVENTS / "batch-invalid-one-of-three.json").read_bytes())
    assert world.backend.groups() == ["GID_test", "GID_test-3"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_the_sample(kind: str) -> None:
    result = CliRunner().invoke(command, [kind])
    assert result.exit_code == 0
    assert result.output == (EVENTS / f"{kind}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_takes_another_tenant(kind: str, world: World) -> None:
    result = CliRunner().invoke(command, [kind, "--tenant", "plant-9"])
    world.handle(result.output.encode())
    assert world.backend.groups()[0] == "GID_plant-9"
    assert "GID_test" not in world.backend.groups()


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    (
        (
            ["carrier-pigeon"],
            "Invalid value for 'KIND': 'carrier-pigeon' is not one of 'http-",
        ),
        (["kafka", "--tenant", ""], "the tenant's name must not be empty"),
        (["kafka", "--tenant", "\udcff"], "the tenant's name is not UTF-8"),
    ),
)
def test_the_command_refuses_bad_input_in_one_line(arguments: list[str], wrong: str) -> None:
    result = CliRunner().invoke(main, ["event", *arguments])
    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {wrong}")
    assert result.output.count("\n") == 1
