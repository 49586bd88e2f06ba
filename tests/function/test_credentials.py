"""Which credentials a call is signed with, and which are refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id.credentials import Credentials, current
from tests.world import a_context

if TYPE_CHECKING:
    from tests.world import World

TEMPORARY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.testid",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "testtoken",
}
PERMANENT = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
}
REQUEST = {"GroupId": "GID_test"}


class WithoutTruth:
    """A value that is neither true nor false, as an array of numpy."""

    def __bool__(self) -> bool:
        raise ValueError("The truth value is ambiguous")


def python312_context(**changes: Any) -> Any:
    """Return a context as python3.12 passes it: without `credentials`."""
    context = a_context(**changes)
    del context.credentials
    return context


def with_credentials(**changes: Any) -> Any:
    """Return a context as python3.10 passes it, with some credentials changed."""
    context = a_context()
    vars(context.credentials).update(changes)
    return context


def test_takes_the_credentials_of_the_context(world: World) -> None:
    assert world.handle(REQUEST, a_context())["Success"]


@pytest.mark.parametrize("environ", (TEMPORARY, PERMANENT))
def test_takes_the_credentials_of_the_environment(environ: dict[str, str], world: World) -> None:
    world.environ.update(environ)
    assert world.handle(REQUEST, python312_context())["Success"]


def test_credentials_of_the_context_take_precedence(world: World) -> None:
    world.environ.update({**TEMPORARY, "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.expired"})
    assert world.handle(REQUEST, a_context())["Success"]


def test_reads_the_credentials_at_each_invocation(world: World) -> None:
    assert world.handle(REQUEST, a_context())["Success"]
    envelope = world.handle({"GroupId": "GID_more"}, python312_context())
    assert envelope["Error"]["Code"] == "CredentialsMissing"
    world.environ.update(TEMPORARY)
    assert world.handle({"GroupId": "GID_more"}, python312_context())["Success"]


@pytest.mark.parametrize(
    "context",
    (
        python312_context(),
        a_context(credentials=None),
        with_credentials(access_key_id=""),
        with_credentials(access_key_secret=None),
        with_credentials(access_key_secret=""),
        with_credentials(access_key_id=7),
        with_credentials(access_key_secret="test secret"),
        with_credentials(access_key_secret="testsecret\n"),
        with_credentials(security_token="testtoken\r\nx-evil: 1"),
        with_credentials(security_token="testt\u00f6ken"),
        with_credentials(security_token=b"testtoken"),
        with_credentials(security_token=False),
        with_credentials(access_key_id=WithoutTruth()),
        with_credentials(security_token=WithoutTruth()),
        SimpleNamespace(region="cn-hangzhou"),
    ),
)
def test_reports_unusable_credentials(context: Any, world: World) -> None:
    error = world.handle(REQUEST, context)["Error"]
    assert (error["Code"], error["HttpStatus"]) == ("CredentialsMissing", 500)
    assert not error["Retryable"]
    assert "test" not in error["Message"]
    assert world.calls == 0


def test_environment_credentials_replace_empty_ones_of_the_context(
    world: World,
) -> None:
    world.environ.update(TEMPORARY)
    assert world.handle(
        REQUEST, with_credentials(access_key_id="", access_key_secret="", security_token="")
    )["Success"]


def test_does_not_mix_context_and_environment(world: World) -> None:
    world.environ["ALIBABA_CLOUD_SECURITY_TOKEN"] = "testtoken"
    envelope = world.handle(REQUEST, with_credentials(access_key_id="testid", security_token=None))
    assert envelope["Success"]


def test_a_repr_shows_only_the_access_key_id() -> None:
    credentials = current(a_context(), {})
    assert credentials == Credentials("STS.testid", "testsecret", "testtoken")
    for shown in (repr(credentials), str(credentials), f"{credentials}", repr([credentials])):
        assert "STS.testid" in shown
        assert "testsecret" not in shown
        assert "testtoken" not in shown


def test_an_empty_context_is_not_a_bug(world: World) -> None:
    envelope = world.handle(REQUEST, object())
    assert envelope["Error"]["Code"] in ("ConfigurationError", "CredentialsMissing")
    assert envelope["InvocationId"] is None
