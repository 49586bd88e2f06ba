"""What all commands share: options that are never ignored, output in every encoding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from create_group_id_tools.cli import COMMANDS, main
from create_group_id_tools.terminal import display_path
from tests.package.projects import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "message"),
    (
        (["serve", "--retry-delay", "nan"], "'--retry-delay': it must be a finite number."),
        (["serve", "--retry-delay", "1e300"], "1e+300 is not in the range 0<=x<=86400."),
        (["serve", "--retry-delay", "inf"], "inf is not in the range 0<=x<=86400."),
        (["redrive", "any.jsonl", "--rate", "nan"], "'--rate': it must be a finite number."),
        (["redrive", "any.jsonl", "--server", "x"], "--server: invalid endpoint; use https://HOST"),
        (
            ["serve", "--live", "--auth", "anonymous"],
            "--auth anonymous cannot be used with --live",
        ),
        (["serve", "--port", "99999"], "'--port': 99999 is not in the range 0<=x<=65535."),
        (["invoke", "any.json", "--group", "GID_a b"], "'--group': a group ID is GID_ or GID- and"),
        (["redrive", "any.jsonl", "--function", "a b"], "'--function': use letters, digits, "),
        (["package", "--runtime", "x"], "'x' is not one of 'python3.10', 'python3.12'."),
    ),
)
def test_a_wrong_option_is_one_line_and_status_2(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert message in result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_option_is_a_phrase(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    # A bare Context would leave the command without its -h, in this process.
    context = command.make_context(name, [], resilient_parsing=True)
    assert command.get_help(context).isascii(), "click cannot print it everywhere"
    for option in command.params:
        if isinstance(option, click.Option):
            help_text = option.help or ""
            assert len(help_text.split()) > 2, option.name
            assert help_text.endswith((".", "]")), option.name


def test_check_status_without_an_http_response_is_noted() -> None:
    event = str(ROOT / "events" / "direct-create-group-id.json")
    result = CliRunner().invoke(main, ["invoke", event, "--check-status"])
    assert result.exit_code == 0
    assert "--check-status had no effect: this event has no HTTP response" in result.stderr


@pytest.mark.parametrize("encoding", ("utf-8", "ascii", "gbk"))
def test_json_is_the_same_in_every_encoding(encoding: str) -> None:
    tenant = "Zo\u00eb \u4e0a\u6d77 \U0001f600"
    completed = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "create_group_id_tools", "event", "cloudevent", "--tenant", tenant],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
    )
    assert json.loads(completed.stdout.decode(encoding))["data"]["tenantId"] == tenant


@pytest.mark.parametrize("name", ("a\nb", "a\x1b[31mb", "\udcff", "\u4e0a\u6d77"))
def test_a_path_of_any_characters_is_one_line(tmp_path: Path, name: str) -> None:
    result = CliRunner().invoke(main, ["invoke", str(tmp_path / name)])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "\x1b" not in result.stderr


def test_a_path_is_relative_to_the_working_directory_while_that_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert display_path(tmp_path / "file") == os.path.join("..", "file")  # noqa: PTH118 - the text
    folder.rmdir()
    assert display_path(tmp_path / "file") == str(tmp_path / "file")
    monkeypatch.chdir(tmp_path)
