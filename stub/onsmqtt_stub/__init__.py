"""A stub of OnsMqtt, the OpenAPI of Alibaba Cloud's ApsaraMQ for MQTT.

`mock_onsmqtt` mocks the service in process, for clients that use `requests`. `onsmqtt_stub.server`
serves it over HTTP. Both use a `Backend`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from onsmqtt_stub._backend import Backend
from onsmqtt_stub._exchange import Call
from onsmqtt_stub._faults import Fault, read_faults
from onsmqtt_stub._models import ACCESS_KEYS, ACCOUNT_ID, INSTANCE_ID, REGION_ID, AccessKey
from onsmqtt_stub._settings import StubSettings as Settings
from onsmqtt_stub._snapshot import snapshot

if TYPE_CHECKING:
    from onsmqtt_stub._mock import OnsMqttMock, mock_onsmqtt
else:

    def __getattr__(name: str) -> object:
        """Import the mock when it is used, since it imports urllib3.

        pytest imports the plugin, and so this package, before a conftest.py in which gevent patches
        `ssl`. After that, TLS fails where urllib3 keeps the classes from before:
        https://github.com/gevent/gevent/issues/1016
        """
        if name in ("OnsMqttMock", "mock_onsmqtt"):
            return getattr(import_module("onsmqtt_stub._mock"), name)
        raise AttributeError(f"module 'onsmqtt_stub' has no attribute {name!r}")


__all__ = [
    "ACCESS_KEYS",
    "ACCOUNT_ID",
    "INSTANCE_ID",
    "REGION_ID",
    "AccessKey",
    "Backend",
    "Call",
    "Fault",
    "OnsMqttMock",
    "Settings",
    "mock_onsmqtt",
    "read_faults",
    "snapshot",
]
