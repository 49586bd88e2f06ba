"""The entry points, each in a new process, as the runtime imports them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import create_group_id

SRC = Path(create_group_id.__file__).parents[1]
HTTP = """
event = json.dumps({"version": "v1", "headers": {"Content-Type": "application/json"},
    "body": '{"GroupId": "GID_test"}', "isBase64Encoded": False,
    "requestContext": {"http": {"method": METHOD}}}).encode()
"""


def run(script: str, **environ: str) -> Any:
    """Run a script beside `index` with these variables only; return the JSON that it prints."""
    head = f"import json, sys; sys.path.insert(0, {str(SRC)!r})\n"
    process = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "error", "-c", head + script],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    # Without the runtime's handler, logging writes warnings to standard error.
    assert process.returncode == 0, process.stderr
    assert "Traceback" not in process.stderr
    return json.loads(process.stdout)


def test_imports_and_initializes_in_an_empty_environment() -> None:
    script = "import index\nprint(json.dumps([index.initialize(None), index.initialize(object())]))"
    assert run(script) == [None, None]


def test_the_handler_responds_without_any_configuration() -> None:
    script = 'import index\nMETHOD = "GET"' + HTTP + "print(json.dumps(index.handler(event, None)))"
    response = run(script)
    assert response["statusCode"] == 405
    assert response["headers"]["Allow"] == "POST"


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("ONSMQTT_INSTANCE_ID", "a b"),
        ("ONSMQTT_MAX_QPS", "fast"),
        ("ON_FAILURE", "explode"),
        ("LOG_LEVEL", "LOUD"),
    ),
)
def test_wrong_configuration_is_an_envelope_not_an_import_error(name: str, value: str) -> None:
    script = (
        """
import index
METHOD = "POST"
index.initialize(None)
"""
        + HTTP
        + "print(index.handler(event, None)['body'])"
    )
    error = run(script, **{name: value})["Error"]
    assert error["Code"] == "ConfigurationError"
    assert error["Message"].startswith(name)


def test_an_event_raises_and_a_direct_invocation_returns() -> None:
    script = """
import index
from create_group_id.errors import ProvisioningFailed
try:
    index.handler(b"", None)
except ProvisioningFailed as failure:
    raised = json.loads(str(failure))
print(json.dumps([raised, index.handler(b'{"GroupId": "x"}', None)]))
"""
    raised, returned = run(script)
    assert raised["Error"]["Code"] == "MalformedPayload"
    assert [v["Pointer"] for v in returned["Error"]["Violations"]] == ["/GroupId", "/InstanceId"]


def test_the_wsgi_entry_point_passes_a_validator() -> None:
    script = """
import index
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator
environ, statuses = {"REQUEST_METHOD": "GET", "QUERY_STRING": ""}, []
setup_testing_defaults(environ)
def start_response(status, headers, info=None):
    statuses.append(status)
    return print
response = validator(index.http_handler)(environ, start_response)
body = b"".join(response)
response.close()
print(json.dumps([*statuses, json.loads(body)["Error"]["Code"]]))
"""
    assert run(script) == ["405 Method Not Allowed", "MethodNotAllowed"]
