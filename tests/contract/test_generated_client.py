"""A client that a common generator makes from docs/openapi.json calls the local function."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from create_group_id_tools.testing import LocalFunction, local_function

pytestmark = pytest.mark.contract

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
PROGRAMS = ROOT / ".venv-contract" / "bin"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the client, and return the folder of its package."""
    folder = tmp_path_factory.mktemp("generated")
    # The generator's formatting would make the code one for a newer Python than it runs under.
    config = folder / "config.yml"
    config.write_text("post_hooks: []\n")
    run(
        "openapi-python-client", "generate", "--fail-on-warning", "--meta", "none",
        "--path", str(ROOT / "docs/openapi.json"), "--output-path", str(folder / "client"),
        "--config", str(config),
    )  # fmt: skip
    return folder


def run(program: str, *arguments: str, path: str = "", signs: bool = False) -> str:
    """Run a program of `.venv-contract`; return its output."""
    done = subprocess.run(  # noqa: S603 - the program is ours
        [PROGRAMS / program, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": path,
            "SIGNS": "yes" if signs else "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def call(
    client: Path, function: LocalFunction, *bodies: str, signs: bool = False
) -> list[dict[str, Any]]:
    program = str(HERE / "generated_client.py")
    output = run("python", program, function.url, *bodies, path=str(client), signs=signs)
    results: list[dict[str, Any]] = json.loads(output)
    return results


def test_it_creates_groups(client: Path) -> None:
    with local_function() as function:
        assert call(client, function, "request", "signup", "cloud event", "request") == [
            {"status": 200, "type": "Success", "group": "GID_generated", "outcome": "Created"},
            {"status": 200, "type": "Success", "group": "GID_acme", "outcome": "Created"},
            {"status": 200, "type": "Success", "group": "GID_globex", "outcome": "Created"},
            {"status": 409, "type": "Failure", "code": "GroupIdAlreadyExists", "retryable": False},
        ]
        assert function.groups() == ["GID_generated", "GID_acme", "GID_globex"]


def test_it_reads_violations(client: Path) -> None:
    with local_function() as function:
        (result,) = call(client, function, "violation")
    assert result == {
        "status": 400, "type": "Failure", "code": "InvalidPayload", "retryable": False,
        "violations": [["/GroupId", "pattern"]],
    }  # fmt: skip


def test_it_reads_a_throttle(client: Path) -> None:
    throttle = {
        "effect": "error", "code": "Throttling.User", "status": 400,
        "headers": {"x-acs-retry-after": "30000"},
    }  # fmt: skip
    with local_function() as function:
        function.set_faults([throttle])
        (result,) = call(client, function, "request")
    retry_after = result.pop("retry_after")
    assert result == {"status": 429, "type": "Failure", "code": "Throttled", "retryable": True}
    assert 1 <= retry_after <= 30


def test_it_signs_in_a_hook(client: Path) -> None:
    with local_function(signed=True) as function:
        (result,) = call(client, function, "request", signs=True)
    assert (result["status"], result["outcome"]) == (200, "Created")


def test_it_reads_what_fc_itself_responds(client: Path) -> None:
    with local_function(signed=True) as function:
        (result,) = call(client, function, "request")
    assert result == {"status": 400, "type": "FcError", "code": "MissingRequiredHeader"}
