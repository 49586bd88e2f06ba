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
    """Read the README's tables: a file and its answer a row."""
    for line in (EVENTS / "README.md").read_text(encoding="utf-8").splitlines():
        if row := re.fullmatch(r"\| `([^`]+)` \| .+ \| (.+) \|", line):
            yield row[1], row[2]


EXPECTED = dict(rows())


def in_words(envelope: dict[str, Any]) -> str:
    if envelope["Success"]:
        return f"{envelope['Data']['Outcome']} {envelope['Data']['GroupId']}"
    error = envelope["Error"]
    violations = [
        f"{violation['Pointer'] or '(whole)'} {violation['Keyword']}"
        for violation in error.get("Violations", [])
    ]
    return ", ".join([error["Code"], *violations])


def answer_in_words(world: World, event: bytes) -> str:
    try:
        answer = world.handle(event)
    except ProvisioningFailed as failure:
        head, envelope = "raises ", json.loads(str(failure))
    else:
        head, envelope = "", answer
        if "statusCode" in answer:
            head, envelope = f"{answer['statusCode']} ", json.loads(answer["body"])
    return head + "; ".join(map(in_words, envelope.get("Results", [envelope])))


def test_every_file_has_its_row_and_every_row_its_file() -> None:
    assert sorted(EXPECTED) == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_sample_answers_as_its_row_says(name: str, world: World) -> None:
    assert answer_in_words(world, (EVENTS / name).read_bytes()) == EXPECTED[name]


def test_the_event_of_make_run_creates_gid_test(world: World) -> None:
    world.handle((EVENTS / "http-create-group-id.json").read_bytes())
    assert world.backend.groups() == ["GID_test"]


def test_a_batch_with_a_wrong_event_creates_the_others(world: World) -> None:
    world.failed((EVENTS / "batch-invalid-one-of-three.json").read_bytes())
    assert world.backend.groups() == ["GID_test", "GID_test-3"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_the_file(kind: str) -> None:
    printed = CliRunner().invoke(command, [kind])
    assert printed.exit_code == 0
    assert printed.output == (EVENTS / f"{kind}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_another_tenant_gets_its_own_group(kind: str, world: World) -> None:
    printed = CliRunner().invoke(command, [kind, "--tenant", "plant-9"])
    world.handle(printed.output.encode())
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
def test_bad_input_to_the_command_is_one_line(arguments: list[str], wrong: str) -> None:
    result = CliRunner().invoke(main, ["event", *arguments])
    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {wrong}")
    assert result.output.count("\n") == 1
