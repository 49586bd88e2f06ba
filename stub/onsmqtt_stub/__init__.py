"""A stub of OnsMqtt, the OpenAPI of Alibaba Cloud's ApsaraMQ for MQTT.

`mock_onsmqtt` answers what `requests` sends to the service, in process; `onsmqtt_stub.server`
answers over HTTP. Both are fronts of one `Backend`.
"""

from onsmqtt_stub.backend import Backend
from onsmqtt_stub.faults import Fault
from onsmqtt_stub.journal import Call
from onsmqtt_stub.mock import mock_onsmqtt
from onsmqtt_stub.models import ACCOUNT_ID, INSTANCE_ID, REGION_ID, AccessKey
from onsmqtt_stub.settings import Settings

__all__ = [
    "ACCOUNT_ID",
    "INSTANCE_ID",
    "REGION_ID",
    "AccessKey",
    "Backend",
    "Call",
    "Fault",
    "Settings",
    "mock_onsmqtt",
]
