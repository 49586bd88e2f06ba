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


def python312(**given: Any) -> Any:
    """Make a context as python3.12 has it: without the attribute."""
    context = a_context(**given)
    del context.credentials
    return context


def given(**changes: Any) -> Any:
    """Make a context as python3.10 has it, with other credentials."""
    context = a_context()
    vars(context.credentials).update(changes)
    return context


def test_python310_gives_them_with_the_context(world: World) -> None:
    assert world.handle(REQUEST, a_context())["Success"]


@pytest.mark.parametrize("environ", (TEMPORARY, PERMANENT))
def test_python312_gives_them_in_the_environment(environ: dict[str, str], world: World) -> None:
    world.environ.update(environ)
    assert world.handle(REQUEST, python312())["Success"]


def test_those_of_the_context_are_fresh_and_come_first(world: World) -> None:
    world.environ.update({**TEMPORARY, "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.expired"})
    assert world.handle(REQUEST, a_context())["Success"]


def test_they_are_read_anew_at_each_invocation(world: World) -> None:
    assert world.handle(REQUEST, a_context())["Success"]
    answer = world.handle({"GroupId": "GID_more"}, python312())
    assert answer["Error"]["Code"] == "CredentialsMissing"
    world.environ.update(TEMPORARY)
    assert world.handle({"GroupId": "GID_more"}, python312())["Success"]


@pytest.mark.parametrize(
    "context",
    (
        python312(),
        a_context(credentials=None),
        given(access_key_id=""),
        given(access_key_secret=None),
        given(access_key_id=7),
        given(access_key_secret="test secret"),
        given(access_key_secret="testsecret\n"),
        given(security_token="testtoken\r\nx-evil: 1"),
        given(security_token="testt\u00f6ken"),
        given(security_token=b"testtoken"),
        SimpleNamespace(region="cn-hangzhou"),
    ),
)
def test_without_usable_ones_that_is_the_answer(context: Any, world: World) -> None:
    error = world.handle(REQUEST, context)["Error"]
    assert (error["Code"], error["HttpStatus"]) == ("CredentialsMissing", 500)
    assert not error["Retryable"]
    assert "test" not in error["Message"]
    assert world.calls == 0


def test_what_the_context_lacks_the_environment_may_have(world: World) -> None:
    world.environ.update(TEMPORARY)
    assert world.handle(REQUEST, given(access_key_id="", access_key_secret="", security_token=""))[
        "Success"
    ]


def test_the_two_sources_are_not_mixed(world: World) -> None:
    world.environ["ALIBABA_CLOUD_SECURITY_TOKEN"] = "testtoken"
    answer = world.handle(REQUEST, given(access_key_id="testid", security_token=None))
    assert answer["Success"]


def test_only_the_key_id_is_shown() -> None:
    credentials = current(a_context(), {})
    assert credentials == Credentials("STS.testid", "testsecret", "testtoken")
    for shown in (repr(credentials), str(credentials), f"{credentials}", repr([credentials])):
        assert "STS.testid" in shown
        assert "testsecret" not in shown
        assert "testtoken" not in shown


def test_a_context_of_nothing_at_all_is_no_bug(world: World) -> None:
    answer = world.handle(REQUEST, object())
    assert answer["Error"]["Code"] in ("ConfigurationError", "CredentialsMissing")
    assert answer["InvocationId"] is None
