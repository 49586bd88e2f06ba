"""The four lines of docs/stub.md, in another project, with an installed copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")

WITH_THE_SDK = """
from alibabacloud_onsmqtt20200420.client import Client
from alibabacloud_onsmqtt20200420.models import CreateGroupIdRequest
from alibabacloud_tea_openapi.models import Config


def sign_up(tenant):
    config = Config("testid", "testsecret", region_id="cn-hangzhou")
    request = CreateGroupIdRequest(group_id=f"GID_{tenant}", instance_id="mqtt-cn-0pp1ldu0001")
    Client(config).create_group_id(request)
"""

WITH_REQUESTS = """
import base64, datetime, hashlib, hmac, uuid
from urllib.parse import quote, urlencode

import requests


def sign_up(tenant):
    now = datetime.datetime.now(datetime.timezone.utc)
    query = urlencode(sorted({
        "AccessKeyId": "testid", "Action": "CreateGroupId", "Format": "JSON",
        "GroupId": f"GID_{tenant}", "InstanceId": "mqtt-cn-0pp1ldu0001",
        "SignatureMethod": "HMAC-SHA1", "SignatureNonce": uuid.uuid4(), "SignatureVersion": "1.0",
        "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "Version": "2020-04-20",
    }.items()))
    text = "POST&%2F&" + quote(query, safe="")
    signature = base64.b64encode(hmac.digest(b"testsecret&", text.encode(), hashlib.sha1))
    url = f"https://onsmqtt.cn-hangzhou.aliyuncs.com/?{query}&Signature={quote(signature, safe='')}"
    requests.post(url, timeout=5).raise_for_status()
"""

LIGHT = """
import sys
import onsmqtt_stub
assert onsmqtt_stub.__file__.startswith(sys.argv[1]), onsmqtt_stub.__file__
assert not {"werkzeug", "click", "pytest"} & set(sys.modules)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, target = tmp_path_factory.mktemp("source") / "stub", tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "stub", source)
    command = [str(UV), "pip", "install", "--quiet", "--no-deps", "--offline", "--no-cache"]
    where = ["--python", sys.executable, "--target", str(target), str(source)]
    subprocess.run([*command, *where], check=True)  # noqa: S603 - the locked installer
    return target


def run(installed: Path, project: Path, *arguments: str) -> None:
    command = [sys.executable, *arguments]
    # Their project has none of our plugins, and starts the faster for it.
    environment = {
        **os.environ,
        "PYTHONPATH": f"{installed}{os.pathsep}{project}",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    done = subprocess.run(  # noqa: S603 - this interpreter
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("shop", (WITH_THE_SDK, WITH_REQUESTS), ids=("SDK", "requests"))
def test_four_lines(installed: Path, tmp_path: Path, shop: str) -> None:
    example = re.findall("```python\n(.*?)```", (ROOT / "docs/stub.md").read_text(), re.DOTALL)[0]
    lines = [line for line in example.splitlines() if re.search("mock_onsmqtt|stub|shop", line)]
    assert len(lines) == 4
    (tmp_path / "shop.py").write_text(shop)
    (tmp_path / "test_shop.py").write_text(f"import shop\n{example}")
    run(installed, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py")


def test_importing_it_needs_no_server_and_no_pytest(installed: Path, tmp_path: Path) -> None:
    run(installed, tmp_path, "-c", LIGHT, str(installed))


def test_user_suite() -> None:
    """Run it on the source, by its editable install. `make stub-dist` runs it on the wheel."""
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=Path(__file__).parent / "user_suite",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
