"""The parts of inputs: names and values that the function, the stub or FC use."""

from __future__ import annotations

from typing import Any

# Letters that are valid in a header, but not in an identifier: output that contains them quoted a
# value.
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
# What the OpenAPI, its gateway, or something between sends.
STATUS_LINES = (
    b"HTTP/1.1 200 OK", b"HTTP/1.1 400 Bad Request", b"HTTP/1.1 500 Internal Server Error",
    b"HTTP/1.1 404 Not Found", b"HTTP/1.1 503 Service Unavailable", b"HTTP/1.1 429 Too Many",
    b"HTTP/1.1 408 Request Timeout", b"HTTP/1.1 403 " + HEADER_CANARY.encode(), b"HTTP/1.0 200 OK",
    b"HTTP/1.1 201 Created", b"HTTP/1.1 204 No Content", b"HTTP/1.1 301 Moved", b"HTTP/1.1 304 X",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", b"HTTP/1.1 101 Switching", b"HTTP/1.1 200",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 409 Conflict", b"HTTP/2 200 OK",
    b"HTTP/1.1 99 X", b"HTTP/1.1 1000 X", b"HTTP/1.1  200 OK", b"ICY 200 OK", b"HTTP/1.1 2OO OK",
    b"HTTP/1.1 425 Too Early", b"HTTP/1.1 599 X", b"HTTP/1.1 -200 OK", b"HTTP/1.9 200 OK", b"",
)  # fmt: skip
RESPONSE_HEADERS = (
    b"x-acs-retry-after: 2500", b"x-acs-retry-after: 999999999", b"Retry-After: 7",
    b"Retry-After: Tue, 24 Nov 2026 00:00:30 GMT", b"Retry-After: " + CANARY.encode(),
    b"Date: Tue, 24 Nov 2026 00:20:00 GMT", b"Date: Tue, 31 Feb 2026 99:00:00 GMT",
    b"Date: Thu, 01 Jan 0001 00:00:00 +2359", b"Date: Fri, 31 Dec 9999 23:59:59 -2359",
    b"Connection: close", b"Connection: keep-alive", b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity", b"Content-Length: 0",
    b"Content-Length: 7", b"Content-Length: +19", b"Content-Length: 1_9", b"Content-Length: -1",
    b"Content-Length: 99999999999999999999", b"Content-Encoding: gzip", b"Content-Type: text/xml",
    b"Location: https://mallory.example/", b"Set-Cookie: a=" + HEADER_CANARY.encode(), b" folded",
    b"A" * 70_000 + b": x", b"No colon", b": no name", b"A\x00: b", b"A: \xff\xfe",
    b"\r\n".join([b"A: b"] * 120), b"Trailer: X", b"Upgrade: h2c", b"Keep-Alive: timeout=1",
)  # fmt: skip
_UPSTREAM_CODES = (
    b"GroupIdAlreadyExsited", b"GroupIdAlreadyUsedByOtherUsers", b"ParameterFieldCheckFailed",
    b"InstancePermissionCheckFailed", b"NoPermission", b"Forbidden.RAM", b"InstanceNotFound",
    b"Forbidden.AccessKeyDisabled", b"CreateGroupIdError", b"InternalError", b"Throttling.User",
    b"API_FLOW_CONTROL", b"ServiceUnavailable", b"SignatureNonceUsed", b"InvalidTimeStamp.Expired",
    b"InvalidSecurityToken.Expired", b"InvalidAccessKeyId.NotFound", b"SignatureDoesNotMatch",
    b"Never.Heard", b"a" * 65, b"x y", CANARY.encode(),
)  # fmt: skip
RESPONSE_BODIES = (
    b'{"RequestId":"R-good"}', b'{"RequestId":"R-1","Code":"GroupIdAlreadyExsited"}',
    *(
        b'{"RequestId":"R-2","HostId":"h","Code":"%s","Message":"%s %s"}'
        % (code, CANARY.encode(), HEADER_CANARY.encode())
        for code in _UPSTREAM_CODES
    ),
    b'{"requestId":"R-3","success":false}', b'{"RequestId":"R-3","Success":"False"}', b"{}", b"[]",
    b'{"RequestId":"' + CANARY.encode() + b'"}', b'{"RequestId":null,"Code":7}', b"", b"<html>",
    b"<CreateGroupIdResponse><RequestId>R-4</RequestId></CreateGroupIdResponse>",
    b"<Error><RequestId>R-5</RequestId><Code>InternalError</Code><Message>m</Message></Error>",
    b'<!DOCTYPE x [<!ENTITY a "aaaaaa"><!ENTITY b "&a;&a;">]><a><RequestId>&b;</RequestId></a>',
    b"[" * 2000, b'{"RequestId":' + b"9" * 5000 + b"}", b'\xef\xbb\xbf{"RequestId":"R-6"}',
    b'{"RequestId":"R-7"}' + b" " * 65_600, b'{"RequestId":"R-8","RequestId":"R-9"}',
)  # fmt: skip

VARIABLES = (
    "ONSMQTT_INSTANCE_ID", "ONSMQTT_REGION_ID", "ONSMQTT_ALLOWED_INSTANCE_IDS", "ONSMQTT_NETWORK",
    "ONSMQTT_ENDPOINT", "ONSMQTT_MAX_QPS", "ON_FAILURE", "TENANT_GROUP_PREFIX",
    "TENANT_SIGNUP_EVENT_TYPES", "LOG_LEVEL", "FC_REGION", "HTTPS_PROXY", "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE", "SSLKEYLOGFILE", "NETRC", "TZ",
)  # fmt: skip
SETTINGS = (
    "mqtt-cn-0pp1ldu0001", "mqtt-cn-2", "a" * 64, "a" * 65, "cn-hangzhou", "cn-shanghai", "a" * 63,
    "-a", "mqtt-cn-0pp1ldu0001, mqtt-cn-2,", "*", "mqtt-cn-2, *", ",", "public", "vpc", "PUBLIC",
    "https://onsmqtt.cn-hangzhou.aliyuncs.com", "https://a.b:443/", "https://a.b:0", "https://a..b",
    "http://a.b", "http://localhost:1", "http://127.0.0.1", "http://127.999.0.1", "http://[::1]:8",
    "https://[::1]", "https://a.b/c", "https://u:p@a.b", "https://a.b?c", "HTTPS://a.b", "1", "5",
    "10000", "10000.1", "0", "0.0", ".5", "5.", "1e3", "-1", "00001", "000001", "0.000000001",
    "NaN", "return", "raise", "Raise", "GID_", "GID_test_", "GID_toolong8_", "GID_T_", "gid_",
    "tenant.signup", "tenant.signup,tenant.deleted", " , ", "DEBUG", "INFO", "debug", "CRITICAL",
    "NOTSET", "", " ", CANARY, "/dev/null",
)  # fmt: skip

# What clients of the local servers send.
HOST = b"onsmqtt.cn-hangzhou.aliyuncs.com"
METHODS = (
    b"POST",
    b"GET",
    b"HEAD",
    b"PUT",
    b"OPTIONS",
    b"CONNECT",
    b"post",
    b"",
    b"P\xff",
    b"A" * 99,
)
TARGETS = (
    b"/", b"/?", b"*", b"//", b"/%2e%2e/", b"/_stub/state", b"/_stub/reset", b"/_stub/faults",
    b"/_stub/", b"/_stub/../_stub/reset", b"http://127.0.0.1/_stub/state", b"http://a.example/",
    b"http://[/", b"HTTP://" + HOST + b"/?Action=ListGroupId", b"/?Signature=x&Tag.9.Key", b"a:1",
    b"/?Action=CreateGroupId&GroupId=%ff&InstanceId=%00", b"/?" + b"&".join([b"a=b"] * 99), b"",
    b"/\xc3\xa9?\xff", b"/?a=b#c", b"/" + b"a" * 70_000,
)  # fmt: skip
REQUEST_HEADERS = (
    b"Host: a.example", b"Host: 127.0.0.1:1", b"Host: localhost", b"Host: [::1]", b"Host:",
    b"Host: 127.0.0.1.a.example", b"Host: " + HOST, b"Content-Type: application/json",
    b"Content-Type: text/plain", b"Content-Type: application/x-www-form-urlencoded",
    b"Content-Type: application/json; charset=utf-16", b"Content-Length: 0", b"Content-Length: 7",
    b"Content-Length: 99999999999", b"Content-Length: -1", b"Content-Length: 1_0", b"Expect: 100",
    b"Expect: 100-continue", b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked",
    b"Connection: close", b"Connection: keep-alive, upgrade", b"Upgrade: h2c", b"accept: text/xml",
    b"Authorization: ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=b", b"X:\x00",
    b"Authorization: ACS3-HMAC-SHA256 ", b"x-acs-action: ListGroupId", b"x-acs-date: 2026", b": a",
    b"x-acs-content-sha256: UNSIGNED-PAYLOAD", b"x-acs-signature-nonce: ", b"x-acs-version: 1",
    b'If-None-Match: "1"', b"Origin: http://a.example", b" folded", b"No colon", b"A : b",
    b"\r\n".join([b"A: b"] * 101), b"A: " + b"b" * 70_000, b"A: \xff", b"A: b\rC: d",
)  # fmt: skip
