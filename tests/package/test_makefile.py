"""make passes values to the commands unchanged, and returns their status."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOW = '#!/bin/sh\nprintf "%s\\0" "$@"\nexit "${STATUS:-0}"\n'
TEXTS = (
    '{"tenantId": "cash$money"}',
    "$(shell echo pwned) $$ ${HOME} `id`",
    """{"tenantId": "it's \\"quoted\\""}""",
    '{"tenantId":\n  "#1"}',
    "\u4e0a\u6d77 ",  # make drops blanks before a value
    "-- --help",
)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    command = tmp_path / "show"
    command.write_text(SHOW)
    command.chmod(0o755)
    return command


def make(tools: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    # -o: do not set up the environment, which exists.
    return subprocess.run(  # noqa: S603 - the project's own targets
        ["make", "-s", "-o", ".venv", *arguments, f"TOOLS='{tools}'"],  # noqa: S607 - found on PATH
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("target", "variable", "before"),
    (
        ("run", "DATA", ["invoke", "--data"]),
        ("run", "EVENT", ["invoke", "--"]),
        ("smoke", "TARGET", ["smoke", "--"]),
        ("verify-live", "TARGET", ["verify", "--report", "build/verify-live.json", "--"]),
        ("serve", "PORT", ["serve", "--reload", "--port"]),
    ),
)
def test_a_value_reaches_the_command_unchanged(
    tools: Path, target: str, variable: str, before: list[str], text: str
) -> None:
    for completed in (
        make(tools, target, f"{variable}={text}"),
        make(tools, target, **{variable: text}),
    ):
        assert completed.stdout.split("\0") == [*before, text, ""], completed.stderr


def test_run_without_a_value_uses_the_sample_event(tools: Path) -> None:
    sample = "events/http-create-group-id.json"
    for arguments in ((), ("DATA=", "EVENT=")):
        assert make(tools, "run", *arguments).stdout.split("\0")[1:3] == ["--", sample]


@pytest.mark.parametrize(("status", "expected"), ((0, 0), (3, 0), (1, 2), (2, 2), (127, 2)))
def test_run_succeeds_if_the_function_responded_or_raised(
    tools: Path, status: int, expected: int
) -> None:
    assert make(tools, "run", STATUS=str(status)).returncode == expected


def test_every_target_is_listed() -> None:
    completed = subprocess.run(
        ["make"],  # noqa: S607 - found on PATH
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    listed = [line.split()[0] for line in completed.stdout.splitlines()]
    assert {"run", "test", "serve", "test-zip"} <= set(listed)


def test_a_stopped_serve_leaves_no_server(tools: Path) -> None:
    tools.write_text('#!/bin/sh\necho "$PPID"\n')
    with subprocess.Popen(  # noqa: S603 - the project's own target
        ["make", "-s", "-o", ".venv", "serve", f"TOOLS='{tools}'"],  # noqa: S607 - found on PATH
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        parent, _ = process.communicate()
    # make only passes a signal to its child, so that must be the server, not a shell.
    assert int(parent) == process.pid


def test_data_and_event_together_reach_the_command_which_refuses_them(tools: Path) -> None:
    completed = make(tools, "run", "DATA={}", "EVENT=a b.json")
    assert completed.stdout.split("\0") == ["invoke", "--data", "{}", "--", "a b.json", ""]


def test_smoke_without_a_target_says_how_to_name_one(tools: Path) -> None:
    completed = make(tools, "smoke")
    assert (completed.returncode, completed.stdout) == (2, "")
    assert completed.stderr.startswith("No function to check: set TARGET=https://")


def test_matrix_names_a_version_that_is_missing() -> None:
    completed = subprocess.run(
        ["make", "-s", "matrix", "MINORS=abc"],  # noqa: S607 - found on PATH
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert completed.returncode == 2
    assert "CPython 3.abc. Install it, or set MINORS to some of 10 11 12 13." in completed.stderr


def test_the_matrix_leaves_out_what_make_test_leaves_out_and_once() -> None:
    options = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    left_out = re.search('"-m", "(.+?)"', options)
    assert left_out
    script = (ROOT / "scripts" / "matrix.sh").read_text(encoding="utf-8")
    assert f"everywhere='{left_out[1]} and not once'" in script
