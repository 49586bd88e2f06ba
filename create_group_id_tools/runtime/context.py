"""What a Python runtime of Function Compute gives the code: its environment, and each context.

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
    """A function as it is deployed; `timeout` and `initializer_timeout` in seconds."""

    name: str = "create-group-id"
    handler: str = "index.handler"
    initializer: str = "index.initialize"
    timeout: int = 10
    initializer_timeout: int = 10
    memory: int = 512
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The name by which a destination's records tell it."""
        return f"acs:fc:{REGION_ID}:{ACCOUNT_ID}:functions/{self.name}"


def own_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Pick the function's own variables, so that nothing else of a process gets to it."""
    return {name: value for name, value in environ.items() if name.startswith(_OWN)}


def new_request_id() -> str:
    """Make a request ID as FC 3.0 does: a version, seconds in hex, and chance."""
    chance = os.urandom(10).hex()
    return f"1-{int(time.time()):08x}-{chance[:8]}-{chance[8:]}"


def context(
    runtime: str,
    function: FunctionConfig,
    credentials: AccessCredentials,
    request_id: str,
    qualifier: str = _VERSION,
) -> SimpleNamespace:
    """Build the context of one invocation; python3.12's has no `credentials`."""
    meta = SimpleNamespace(name=function.name, handler=function.handler, memory=function.memory)
    common = SimpleNamespace(
        request_id=request_id, account_id=ACCOUNT_ID, region=REGION_ID, function=meta
    )
    if runtime == "python3.12":
        meta.timeout, meta.version_id, meta.qualifier = function.timeout, _VERSION, qualifier
        common.logger = logging.getLogger()
        common.log_project = common.log_store = ""
        return common
    # The header's text: only the memory is made a number.
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
    """Build the variables that an instance has: FC's, the role's, the function's own."""
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
