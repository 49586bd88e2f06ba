"""Rules of every test: no network but loopback, and every envelope is valid."""

from __future__ import annotations

import json
import os
import random
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from jsonschema_rs import Draft202012Validator

from create_group_id import dial, settings
from create_group_id.errors import ProvisioningFailed
from create_group_id.handler import Handler
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
ENVELOPE = Draft202012Validator(
    json.loads((ROOT / "src/create_group_id/schemas/envelope.json").read_text())
)
# A busy machine is slow; that says nothing about the code.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")
LOOPBACK = ("127.", "::1", "localhost")
# Variables of a developer's shell that the function, the tools or the template would read.
SHELL_VARIABLES = re.compile(
    r"(ONSMQTT|TENANT|ALIBABA_CLOUD|FC|PYTEST)_.*|ON_FAILURE|LOG_LEVEL|NO_COLOR|FORCE_COLOR|.*_proxy"
    r"|PYTHON.*|SSLKEYLOGFILE|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE",
    re.IGNORECASE,
)
TEMPLATE_VARIABLES = set(
    re.findall(r"env\('(\w+)'", (ROOT / "template.yml").read_text(encoding="utf-8"))
)


def _clear_the_environment() -> None:
    for name in list(os.environ):
        of_this_run = name.startswith(("PYTEST_XDIST_", "PYTEST_CURRENT_TEST"))
        if (SHELL_VARIABLES.fullmatch(name) and not of_this_run) or name in TEMPLATE_VARIABLES:
            del os.environ[name]


# Before any test module is imported; programs that tests start inherit it.
_clear_the_environment()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", metavar="SEED", help="run the tests in a random order")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the tests, by one seed in all processes, so that none depends on an earlier one."""
    if seed := config.getoption("--shuffle"):
        random.Random(seed).shuffle(items)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            assert str(address[0]).startswith(LOOPBACK), f"{address} is not loopback"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    """Clear the caches of the process after each test."""
    yield
    dial.tls_context.cache_clear()
    settings._parse.cache_clear()


@pytest.fixture(autouse=True)
def _valid_envelopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Validate every envelope that the function returns or raises in a test."""
    handle = Handler.handle

    def checked(self: Handler, event: bytes, context: Any) -> object:
        try:
            response = handle(self, event, context)
        except ProvisioningFailed as failure:
            _check_failure(failure)
            raise
        assert isinstance(response, dict)
        if "statusCode" in response:
            body = json.loads(response["body"])
            expected = 200 if body["Success"] else body["Error"]["HttpStatus"]
            assert response["statusCode"] == expected
            ENVELOPE.validate(body)
        else:
            ENVELOPE.validate(response)
        return response

    monkeypatch.setattr(Handler, "handle", checked)


def _check_failure(failure: ProvisioningFailed) -> None:
    assert len(str(failure).encode()) <= 8192
    assert failure.__cause__ is None
    assert failure.__suppress_context__
    ENVELOPE.validate(json.loads(str(failure)))


@pytest.fixture
def world() -> Iterator[World]:
    """Yield a function over the stub, in virtual time."""
    with World() as world:
        yield world
