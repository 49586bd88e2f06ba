"""`local_function`, here and in an environment that has only the tools."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from packaging.requirements import Requirement

from create_group_id_tools import testing
from onsmqtt_stub import INSTANCE_ID, Fault
from tests.local.signing import signed_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from create_group_id_tools.testing import LocalFunction

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
SDKS = re.compile("alibabacloud|aliyun|tea|darabonba", re.IGNORECASE)


def sign_up(function: LocalFunction, tenant: str) -> requests.Response:
    return requests.post(function.url, json={"tenantId": tenant}, timeout=30)


@pytest.mark.parametrize("tenant", ("acme", "other"))
def test_no_test_has_the_groups_of_another(local_function: LocalFunction, tenant: str) -> None:
    assert local_function.groups() == []
    response = sign_up(local_function, tenant).json()
    assert response["Data"] == {
        "GroupId": f"GID_{tenant}",
        "InstanceId": INSTANCE_ID,
        "RegionId": "cn-hangzhou",
        "Outcome": "Created",
    }
    assert local_function.groups() == [f"GID_{tenant}"]
    local_function.set_faults(
        [{"effect": "error", "code": "InternalError"}]
    )  # the next test has none


def test_faults_are_those_of_the_stub(local_function: LocalFunction) -> None:
    local_function.set_faults([Fault("error", code="NoPermission")])
    assert sign_up(local_function, "acme").json()["Error"]["Code"] == "AccessDenied"
    local_function.set_faults([{"effect": "reset", "when": "after", "times": 1}])
    assert sign_up(local_function, "acme").json()["Data"]["Outcome"] == "Recovered"
    with pytest.raises(ValueError, match="explode"):
        local_function.set_faults([{"effect": "explode"}])
    assert [call.committed for call in local_function.stub.journal] == [False, True, False]


def test_a_reset_clears_everything(local_function: LocalFunction) -> None:
    sign_up(local_function, "acme")
    local_function.set_faults([{"effect": "error", "code": "NoPermission"}])
    local_function.reset()
    assert local_function.groups() == []
    assert sign_up(local_function, "acme").json()["Data"]["Outcome"] == "Created"


def test_options_change_the_function() -> None:
    environment = {"ONSMQTT_ALLOWED_INSTANCE_IDS": "mqtt-other"}
    with testing.local_function(timeout=1, environment=environment, signed=True) as function:
        unsigned = sign_up(function, "acme")
        assert (unsigned.status_code, unsigned.json()["Code"]) == (400, "MissingRequiredHeader")
        headers = signed_headers(function.url)
        body = {"GroupId": "GID_test", "InstanceId": INSTANCE_ID}
        response = requests.post(function.url, json=body, headers=headers, timeout=30)
        assert response.json()["Error"]["Code"] == "InstanceNotAllowed"
    with pytest.raises(requests.ConnectionError):
        requests.get(function.url, timeout=30)


@pytest.mark.parametrize(
    "options",
    (
        {"timeout": "5"},
        {"timeout": 0.5},
        {"timeout": 0},
        {"runtime": "python3.9"},
        {"instances": 0},
        {"environment": {"LOG_LEVEL": 1}},
        {"environment": {"LOG_LEVEL": "INFO\0"}},
    ),
)
def test_an_option_out_of_its_range_is_named(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(ValueError, match=f"^{name}: "), testing.local_function(**options):
        pass


def test_a_short_timeout_is_a_short_wait() -> None:
    with testing.local_function(timeout=1) as function:
        sign_up(function, "acme")
        function.set_faults([{"effect": "delay", "delay": 600}])
        before = time.monotonic()
        response = sign_up(function, "acme")
        assert response.json()["Error"]["Code"] == "UpstreamTimeout"
        assert time.monotonic() - before < 20


def test_tools_without_their_function_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError, match="pip install --editable"), testing.local_function():
        pass


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with the tools, their requirements and pytest; return its Python."""
    venv = tmp_path_factory.mktemp("fresh") / "venv"
    uv([str(UV), "venv", "--quiet", "--offline", "--python", sys.executable, str(venv)])
    python = venv / "bin" / "python"
    (site,) = venv.glob("lib/python*/site-packages")
    for name in needed("create-group-id-tools", "pytest"):
        distribution = importlib.metadata.distribution(name)
        for file in distribution.files or ():
            # Without commands and byte code.
            if ".." not in file.parts and file.suffix != ".pyc":
                target = site / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(Path(str(distribution.locate_file(file))).read_bytes())
    install = ["--quiet", "--offline", "--no-deps", "--python", str(python)]
    uv([str(UV), "pip", "install", *install, "-e", str(ROOT / "stub"), "-e", str(ROOT)])
    return python


def needed(*names: str) -> Iterator[str]:
    """Return the distributions that some need, except this project's two."""
    waiting, seen = [Requirement(name) for name in names], set()
    while waiting:
        requirement = waiting.pop()
        metadata = importlib.metadata.distribution(requirement.name).metadata
        key = (metadata["Name"], frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        for text in metadata.get_all("Requires-Dist") or ():
            more = Requirement(text)
            extras = requirement.extras or {""}
            if not more.marker or any(more.marker.evaluate({"extra": one}) for one in extras):
                waiting.append(more)
        if metadata["Name"] not in ("create-group-id-tools", "onsmqtt-stub"):
            yield metadata["Name"]


def uv(command: list[str]) -> None:
    subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 - the locked installer


def test_the_example_of_the_readme_passes_where_only_the_tools_are(
    environment: Path, tmp_path: Path
) -> None:
    section = (ROOT / "README.md").read_text().split("### Test your code against the function")[1]
    (example,) = re.findall("```python\n(.*?)```", section.split("\n### ")[0], re.DOTALL)
    (tmp_path / "test_shop.py").write_text(example)
    # Not this suite's environment, in which pytest finds the tools by their path.
    kept = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(  # noqa: S603 - the environment's interpreter
        [str(environment), "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_needs_no_sdk(environment: Path) -> None:
    names = [
        path.name for path in environment.parents[1].glob("lib/python*/site-packages/*.dist-info")
    ]
    assert "requests" in {name.partition("-")[0] for name in names}
    assert not [name for name in names if SDKS.match(name)]
