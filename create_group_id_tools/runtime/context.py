"""The environment and the context that a Python runtime of Function Compute passes to code.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/context-1
https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/environment-variables
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

from create_group_id_tools.project import ACCOUNT_ID, REGION_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERSION = "LATEST"
_OWN = ("ONSMQTT_", "TENANT_", "ON_FAILURE", "LOG_LEVEL")


@dataclass(frozen=True)
class AccessCredentials:
    """An access key with its security token, if any; the defaults are those of the stub."""

    access_key_id: str = "STS.testid"
    access_key_secret: str = field(default="testsecret", repr=False)
    security_token: str = field(default="testtoken", repr=False)


@dataclass(frozen=True)
class FunctionConfig:
    """The configuration of a deployed function; `timeout` and `initializer_timeout` in seconds."""

    name: str = "create-group-id"
    handler: str = "index.handler"
    initializer: str = "index.initialize"
    timeout: int = 10
    initializer_timeout: int = 10
    memory: int = 512
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The ARN that the records of a destination name."""
        return f"acs:fc:{REGION_ID}:{ACCOUNT_ID}:functions/{self.name}"


def own_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return only the variables that the function reads."""
    return {name: value for name, value in environ.items() if name.startswith(_OWN)}


def new_request_id() -> str:
    """Return a new request ID as FC 3.0 forms it: version, seconds in hex, random digits."""
    random = os.urandom(10).hex()
    return f"1-{int(time.time()):08x}-{random[:8]}-{random[8:]}"


def context(
    runtime: str,
    function: FunctionConfig,
    credentials: AccessCredentials,
    request_id: str,
    qualifier: str = _VERSION,
) -> SimpleNamespace:
    """Return the context of one invocation. That of python3.12 has no `credentials`."""
    meta = SimpleNamespace(name=function.name, handler=function.handler, memory=function.memory)
    common = SimpleNamespace(
        request_id=request_id, account_id=ACCOUNT_ID, region=REGION_ID, function=meta
    )
    if runtime == "python3.12":
        meta.timeout, meta.version_id, meta.qualifier = function.timeout, _VERSION, qualifier
        common.logger = logging.getLogger()
        common.log_project = common.log_store = ""
        return common
    # The text of a header: python3.10 converts only the memory to a number.
    meta.timeout = str(function.timeout)
    common.requestId = request_id
    common.credentials = credentials
    common.service = SimpleNamespace(
        name="", log_project="", log_store="", qualifier=qualifier, version_id=_VERSION
    )
    common.tracing = SimpleNamespace(span_context="", jaeger_endpoint="", span_baggages={})
    common.logger, common.getLogger = None, logging.getLogger
    common.retry_count = None
    return common


def environment(
    runtime: str,
    function: FunctionConfig,
    credentials: AccessCredentials,
    code: str,
    instance_id: str,
) -> dict[str, str]:
    """Return the variables of an instance: FC's, the credentials', the function's own."""
    version = "FC_FUNCTION_VERSION" if runtime == "python3.12" else "FC_VER_ID"
    return {
        **function.environment,
        "FC_FUNC_CODE_PATH": code,
        "FC_ACCOUNT_ID": ACCOUNT_ID,
        "FC_REGION": REGION_ID,
        "FC_INSTANCE_ID": instance_id,
        "FC_FUNCTION_NAME": function.name,
        "FC_FUNCTION_HANDLER": function.handler,
        "FC_FUNCTION_MEMORY_SIZE": str(function.memory),
        version: _VERSION,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": credentials.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": credentials.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": credentials.security_token,
    }
