"""`create-group-id event`: a sample event of each trigger, as Function Compute delivers it.

The formats: https://www.alibabacloud.com/help/en/fc/formats-of-event-for-different-triggers and,
of the HTTP trigger,
https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import click

from create_group_id_tools.commands.group_id import group_id_of
from create_group_id_tools.terminal import Unusable

if TYPE_CHECKING:
    from collections.abc import Callable

_ACCOUNT = "123456789012"
_AT = "2026-11-24T00:00:00Z"


def _signup(tenant: str) -> dict[str, Any]:
    return {"tenantId": tenant, "plan": "standard"}


def _request(tenant: str) -> dict[str, Any]:
    return {"GroupId": group_id_of(tenant)}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _http(value: Any, media_type: str = "application/json", **headers: str) -> dict[str, Any]:
    body = _text(value)
    # FC encodes whatever is neither text nor one of the few media types that it lists.
    encoded = media_type != "application/json"
    return {
        "version": "v1",
        "rawPath": "/",
        "headers": {"Accept": "*/*", "Content-Type": media_type, **headers},
        "queryParameters": {},
        "body": base64.b64encode(body.encode()).decode() if encoded else body,
        "isBase64Encoded": encoded,
        "requestContext": {
            "accountId": _ACCOUNT,
            "domainName": "example.cn-hangzhou.fcapp.run",
            "domainPrefix": "example",
            "http": {
                "method": "POST",
                "path": "/",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "curl/8.7.1",
            },
            "requestId": "1-67aee50c-15197d0b-d07710222f9d",
            "time": _AT,
            "timeEpoch": "1795478400000",
        },
    }


def _cloud_event(
    data: Any, event_type: str = "tenant.signup", source: str = "saas.signup", number: int = 1
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"70c0414c-b260-4923-b584-{number:012d}",
        "source": source,
        "type": event_type,
        "subject": f"acs:saas:cn-hangzhou:{_ACCOUNT}:tenants",
        "time": "2026-11-24T08:00:00.000+08:00",
        "datacontenttype": "application/json;charset=utf-8",
        "aliyunaccountid": _ACCOUNT,
        "aliyuneventbusname": "saas",
        "aliyunregionid": "cn-hangzhou",
        "data": data,
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
        "TopicOwner": _ACCOUNT,
        "Message": _text(_signup(tenant)),
        "Subscriber": _ACCOUNT,
        "PublishTime": 1795478400000,
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
        "timestamp": 1795478400000,
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


# A kind is the name of its file in events/.
KINDS: dict[str, Callable[[str], Any]] = {
    "http-create-group-id": lambda name: _http(_request(name)),
    "http-signup": lambda name: _http(_signup(name)),
    "http-cloudevent": lambda name: _http(
        _cloud_event(_signup(name)), "application/cloudevents+json"
    ),
    "http-async-signup": lambda name: _http(_signup(name), **{"X-Fc-Invocation-Type": "Async"}),
    "direct-create-group-id": _request,
    "cloudevent": lambda name: _cloud_event(_signup(name)),
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


@click.command(short_help="Print a sample event of a trigger.")
@click.argument("kind")
@click.option("--tenant", default="test", show_default=True, help="Whose signup it is.")
def command(kind: str, tenant: str) -> None:
    """Print the sample event of the trigger KIND, which is also the file events/KIND.json."""
    if kind not in KINDS:
        raise Unusable(f"no such kind; known are {', '.join(KINDS)}")
    group_id_of(tenant)  # refuses a name that no signup can carry
    event = KINDS[kind](tenant)
    click.echo(json.dumps(event, indent=2, ensure_ascii=False))
