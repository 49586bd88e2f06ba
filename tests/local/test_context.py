"""The context and the environment of each runtime, as the documents list them."""

from __future__ import annotations

import pytest

from create_group_id_tools.runtime.context import (
    AccessCredentials,
    FunctionConfig,
    context,
    environment,
)


def test_only_python310_passes_credentials_to_the_handler() -> None:
    old = context("python3.10", FunctionConfig(timeout=10), AccessCredentials(), "1-a")
    assert (old.credentials.access_key_id, old.credentials.security_token) == (
        "STS.testid",
        "testtoken",
    )
    assert (old.function.timeout, old.function.memory, old.request_id) == ("10", 512, "1-a")
    new = context("python3.12", FunctionConfig(timeout=10), AccessCredentials(), "1-a", "LATEST")
    assert not hasattr(new, "credentials")
    assert not hasattr(new, "service")
    assert (new.function.timeout, new.function.qualifier, new.region) == (
        10,
        "LATEST",
        "cn-hangzhou",
    )


@pytest.mark.parametrize(
    ("name", "version"), (("python3.10", "FC_VER_ID"), ("python3.12", "FC_FUNCTION_VERSION"))
)
def test_the_environment_has_the_documented_variables(name: str, version: str) -> None:
    made = environment(
        name, FunctionConfig(environment={"A": "b"}), AccessCredentials(), "/code", "c-1"
    )
    assert made == {
        "A": "b",
        "FC_FUNC_CODE_PATH": "/code",
        "FC_ACCOUNT_ID": "1000000000000001",
        "FC_REGION": "cn-hangzhou",
        "FC_INSTANCE_ID": "c-1",
        "FC_FUNCTION_NAME": "create-group-id",
        "FC_FUNCTION_HANDLER": "index.handler",
        "FC_FUNCTION_MEMORY_SIZE": "512",
        version: "LATEST",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.testid",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "testtoken",
    }


def test_no_repr_shows_a_secret() -> None:
    shown = repr(
        context(
            "python3.10", FunctionConfig(), AccessCredentials("id", "the-secret", "the-token"), "1"
        )
    )
    assert "the-" not in shown
