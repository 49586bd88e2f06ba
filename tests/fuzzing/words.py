"""What inputs are made of: the names and values that the function, the stub or FC knows."""

from __future__ import annotations

from typing import Any

# Letters that no valid identifier holds, which a header may carry all the same: whatever an output
# shows of them, it quoted a value.
CANARY = "\u00a7\u00b6\u00a7\u00a4"
HEADER_CANARY = "c4n4ry-of-a-header"

NAMES = (
    "GroupId", "InstanceId", "RegionId", "Tags", "OnExisting", "Key", "Value", "Action", "Version",
    "tenantId", "instanceId", "regionId", "tags", "specversion", "type", "id", "source", "data",
    "data_base64", "datacontenttype", "time", "subject", "traceparent", "TopicOwner", "Message",
    "MessageId", "attrs", "body", "messageId", "messageBody", "systemProperties", "envelope",
    "props", "partition", "offset", "value", "requestContext", "http", "method", "headers", "path",
    "httpMethod", "isBase64Encoded", "version", "queryParameters", "x",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**20, 1e308, "", " ", "x", [], {}, "GID_test", "GID-plant_7",
    "GID_te", "GID_" + "a" * 60, "GID_" + "a" * 61, "GID_test\n", "mqtt-cn-0pp1ldu0001",
    "mqtt-cn-2",
    "cn-hangzhou", "cn-shanghai", "cn.hangzhou", "a-b", "Fail", "Succeed", "acme", "a" * 257,
    "\u4e0a\u6d77", "ACME Corp.", "acme-" + "a" * 26, "\u3000", "a\x00b", "a\ufffdb", "\ud800",
    CANARY, f"GID_{CANARY}", "1.0", "0.3", "2.0", "tenant.signup", "tenant.deleted", "mns:x", "mq:",
    "amqp:y", "alikafka:z", "POST", "GET", "true", "null", '{"tenantId": "acme"}', "eyJhIjowfQ==",
    "{", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "v1", [{"Key": "a",
    "Value": ""}],
    [{"Key": "a" * 129, "Value": "b" * 129}], [{}] * 21, [[[[[[]]]]]], {"a": {"a": {"a": 0}}},
)  # fmt: skip
HEADERS = (
    "Content-Type", "Content-Encoding", "Content-Length", "ce-specversion", "ce-type", "ce-id",
    "ce-source", "ce-traceparent", "ce-data", "traceparent", "X-Fc-Invocation-Type",
    "Authorization", "Cookie", "X-Fc-Security-Token", "Accept", "Host", "Transfer-Encoding",
)  # fmt: skip
HEADER_VALUES = (
    "application/json", "application/cloudevents+json", "application/cloudevents-batch+json",
    "application/json; charset=utf-8", "application/json;charset=gbk", "APPLICATION/JSON",
    'application/json; charset="us-ascii"', "text/plain", "", "gzip", "identity", "1.0", "0.3",
    "tenant.signup", "tenant.deleted", "tenant%2Esignup", "%ff", '"tenant.signup"', "e-1", "Async",
    "sync", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", CANARY, HEADER_CANARY,
)  # fmt: skip
