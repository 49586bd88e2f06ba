"""A sample event of each trigger, as Function Compute delivers it.

The formats: https://www.alibabacloud.com/help/en/fc/formats-of-event-for-different-triggers and,
of the HTTP trigger,
https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function
and, of API Gateway, https://www.alibabacloud.com/help/en/api-gateway/traditional-api-gateway/user-guide/use-function-compute-as-the-backend-service-of-an-api
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from create_group_id import tenants
from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpRequest
from create_group_id_tools.project import ACCOUNT_ID, REGION_ID

if TYPE_CHECKING:
    from collections.abc import Callable

_AT = 1_795_478_400  # 2026-11-24T00:00:00Z
_REQUEST_ID = "1-67aee50c-15197d0b-d07710222f9d"


def _signup(tenant: str) -> dict[str, Any]:
    return {"tenantId": tenant, "plan": "standard"}


def _request(tenant: str) -> dict[str, Any]:
    return {"GroupId": tenants.group_id(tenant, "GID_")}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _http(value: Any, media_type: str = "application/json", **headers: str) -> Any:
    sent = {"Accept": "*/*", "User-Agent": "curl/8.7.1", "Content-Type": media_type, **headers}
    request = HttpRequest(
        headers=tuple(sent.items()), body=_text(value).encode(), source_ip="192.0.2.1"
    )
    return json.loads(http_event.event(request, _REQUEST_ID, _AT, domain="example"))


def _cloud_event(
    data: Any, event_type: str = "tenant.signup", source: str = "saas.signup", number: int = 1
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"70c0414c-b260-4923-b584-{number:012d}",
        "source": source,
        "type": event_type,
        "subject": f"acs:saas:{REGION_ID}:{ACCOUNT_ID}:tenants",
        "time": "2026-11-24T08:00:00.000+08:00",
        "datacontenttype": "application/json;charset=utf-8",
        "aliyunaccountid": ACCOUNT_ID,
        "aliyuneventbusname": "saas",
        "aliyunregionid": REGION_ID,
        "data": data,
    }


def _binary_mode(event: dict[str, Any]) -> Any:
    headers = {
        f"Ce-{name.title()}": event[name] for name in ("specversion", "id", "source", "type")
    }
    return _http(event["data"], **headers)


def _base64_data(event: dict[str, Any]) -> dict[str, Any]:
    data = base64.b64encode(_text(event.pop("data")).encode()).decode()
    return event | {"data_base64": data}


def _api_gateway(value: Any) -> dict[str, Any]:
    return {
        "path": "/groups",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json", "X-Ca-Api-Gateway": "9D9E6B1C"},
        "queryParameters": {},
        "pathParameters": {},
        "body": _text(value),
        "isBase64Encoded": False,
    }


def _batch(tenant: str) -> list[dict[str, Any]]:
    names = (tenant, f"{tenant}-2")
    return [_cloud_event(_signup(name), number=n) for n, name in enumerate(names, 1)]


def _queue_message(tenant: str) -> dict[str, Any]:
    return {
        "requestId": "606EA3074344430D4C810001",
        "messageId": "C6DB60D1574661357FA2272774450001",
        "messageBody": _text(_signup(tenant)),
    }


def _topic_message(tenant: str) -> dict[str, Any]:
    return {
        "TopicOwner": ACCOUNT_ID,
        "Message": _text(_signup(tenant)),
        "Subscriber": ACCOUNT_ID,
        "PublishTime": _AT * 1000,
        "SubscriptionName": "create-group-id",
        "MessageMD5": "BA4BA9B48AC81F0F9C66F6C909C30001",
        "TopicName": "signups",
        "MessageId": "2F5B3C082B923D4EAC694B76D9280001",
    }


def _kafka_record(tenant: str) -> dict[str, Any]:
    return {
        "topic": "signups",
        "partition": 7,
        "offset": 25,
        "timestamp": _AT * 1000,
        "headers": {"headers": [], "isReadOnly": False},
        "key": tenant,
        "value": _signup(tenant),
    }


def _rocketmq_message(tenant: str) -> dict[str, Any]:
    return {
        "topic": "signups",
        "systemProperties": {"MIN_OFFSET": "0", "MAX_OFFSET": "8", "UNIQ_KEY": "7F0000010001"},
        "userProperties": {},
        "body": _text(_signup(tenant)),
    }


def _rabbitmq_message(tenant: str) -> dict[str, Any]:
    return {
        "envelope": {"deliveryTag": 98, "exchange": "", "redeliver": False, "routingKey": "signup"},
        "body": _signup(tenant),
        "props": {"contentEncoding": "UTF-8", "messageId": "f7622d51-e198-41de-a072-77c1ead7"},
    }


def _mqtt_message(tenant: str) -> dict[str, Any]:
    props = {"firstTopic": "signups", "secondTopic": "/new", "clientId": "GID_saas@@@signup"}
    return {"props": props, "body": _text(_signup(tenant))}


# Each kind is the name of a file in events/.
KINDS: dict[str, Callable[[str], Any]] = {
    "http-create-group-id": lambda name: _http(_request(name)),
    "http-signup": lambda name: _http(_signup(name)),
    "http-cloudevent": lambda name: _http(
        _cloud_event(_signup(name)), "application/cloudevents+json"
    ),
    "http-cloudevent-binary": lambda name: _binary_mode(_cloud_event(_signup(name))),
    "http-async-signup": lambda name: _http(_signup(name), **{"X-Fc-Invocation-Type": "Async"}),
    "api-gateway": lambda name: _api_gateway(_signup(name)),
    "direct-create-group-id": _request,
    "cloudevent": lambda name: _cloud_event(_signup(name)),
    "cloudevent-base64": lambda name: _base64_data(_cloud_event(_signup(name))),
    "batch-cloudevents": _batch,
    "batch-json-strings": lambda name: [_text(event) for event in _batch(name)],
    "batch-rawdata": lambda name: [event["data"] for event in _batch(name)],
    "mns-topic-stream": _signup,
    "mns-topic-stream-attributes": lambda name: {
        "body": _text(_signup(name)),
        "attrs": {"Extend": '{"key":"value"}'},
    },
    "mns-topic-json": _topic_message,
    "mns-queue": lambda name: [
        _cloud_event(_queue_message(name), "mns:Queue:SendMessage", "MNS-Function-signups")
    ],
    "mns-queue-rawdata": lambda name: [_queue_message(name)],
    "kafka": lambda name: [
        _cloud_event(_kafka_record(name), "alikafka:Topic:Message", "acs:alikafka")
    ],
    "rocketmq": lambda name: [
        _cloud_event(_rocketmq_message(name), "mq:Topic:SendMessage", "RocketMQ-Function-signups")
    ],
    "rabbitmq": lambda name: [
        _cloud_event(_rabbitmq_message(name), "amqp:Queue:SendMessage", "RabbitMQ-Function-signups")
    ],
    "mqtt": lambda name: [_mqtt_message(name)],
}
