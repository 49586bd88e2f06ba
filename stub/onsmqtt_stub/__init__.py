"""A stub of OnsMqtt, the OpenAPI of Alibaba Cloud's ApsaraMQ for MQTT.

`mock_onsmqtt` mocks the service in process, for clients that use `requests`. `onsmqtt_stub.server`
serves it over HTTP. Both use a `Backend`.
"""

from onsmqtt_stub._backend import Backend
from onsmqtt_stub._exchange import Call
from onsmqtt_stub._faults import Fault, read_faults
from onsmqtt_stub._mock import OnsMqttMock, mock_onsmqtt
from onsmqtt_stub._models import ACCESS_KEYS, ACCOUNT_ID, INSTANCE_ID, REGION_ID, AccessKey
from onsmqtt_stub._settings import StubSettings as Settings
from onsmqtt_stub._snapshot import snapshot

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
