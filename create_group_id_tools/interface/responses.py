"""The responses by HTTP status: the function's own, and those of Function Compute."""

from __future__ import annotations

from typing import Any

from create_group_id import errors
from create_group_id.errors import Kind
from create_group_id_tools.interface import envelope
from create_group_id_tools.interface.payloads import NOTHING, ref

_JSON = "application/json"
_REQUEST_ID, _INVOCATION_ID = "2C7D722D-0F3D-4415-A9CD-A464D82C0000", "1-67aee50c-15197d0b"
_REPEATS = {
    200: "A signup again: the same group, as AlreadyExists.",
    429: "The same request, after the seconds of Retry-After.",
    503: "The same request, a moment later.",
    504: "The same request, a moment later.",
}

# What Function Compute responds with before the function ran, or instead of it.
_FC = {
    400: "FC: the signature's headers are missing, or the request is over FC's limits.",
    403: "FC: the signature or the token is wrong, or the trigger does not enable the method.",
    404: "FC: there is no such trigger.",
    412: "FC: no instance of the function can start (`CAExited`).",
    415: "The local server: without signatures it takes no other types, since web pages may send "
    "some of them.",
    429: "FC: every instance of the function is busy (`ResourceExhausted`).",
    500: "FC: an error of its own. Retry.",
    502: "FC: the function's process ended or timed out. The body is then `Internal Server Error`, "
    "which is no JSON although the Content-Type says so; the group may exist.",
    503: "FC: it throttles. Retry, and wait longer each time.",
}

HEADERS: dict[str, Any] = {
    "RequestId": {
        "description": "FC's ID of the request, which its log has too.",
        "required": True,
        "schema": {"type": "string"},
    },
    "RetryAfter": {
        "description": "Seconds to wait before the next attempt; always there with `Throttled`.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "Allow": {
        "description": "The method that is allowed.",
        "required": True,
        "schema": {"const": "POST"},
    },
}


def schemas() -> dict[str, Any]:
    """Return the component of FC's own errors."""
    return {
        "FcError": {
            "description": "An error of Function Compute itself.",
            "type": "object",
            "required": ["RequestId", "Code", "Message"],
            "properties": {
                "RequestId": {"type": "string"},
                "Code": {"type": "string"},
                "Message": {"type": "string"},
                "Success": NOTHING,
            },
        }
    }


def responses() -> dict[str, Any]:
    """Return the responses of the operation."""
    return {
        "200": _success(),
        "202": {
            "description": "FC accepted the asynchronous invocation.",
            "headers": _headers("X-Fc-Request-Id"),
        },
        **{str(status): _failure(status) for status in sorted({*envelope.by_status(), *_FC})},
    }


def kinds() -> list[Kind]:
    """Return every row of the error table that can be returned."""
    return sorted({value for value in vars(errors).values() if isinstance(value, Kind)})


def _success() -> dict[str, Any]:
    data = {
        "GroupId": "GID_test",
        "InstanceId": "mqtt-cn-0pp1ldu0001",
        "RegionId": "cn-hangzhou",
        "Outcome": "Created",
    }
    example = {
        "Success": True, "RequestId": _REQUEST_ID, "InvocationId": _INVOCATION_ID, "Data": data,
    }  # fmt: skip
    return {
        "description": "The group exists: `Created`, or, with `OnExisting: Succeed`, "
        "`AlreadyExists`, or `Recovered` where an earlier attempt of this invocation created it.",
        "headers": _headers("X-Fc-Request-Id"),
        "content": {
            _JSON: {"schema": ref("Success"), "examples": {"created": {"value": example}}},
        },
        "links": _links(200),
    }


def _failure(status: int) -> dict[str, Any]:
    own = envelope.by_status().get(status)
    schemas = [own] if own else []
    schemas += [ref("FcError")] if status in _FC and status != 502 else []
    names = ["X-Fc-Request-Id"]
    names += ["Retry-After"] if status not in (405, 413, 415) and own else []
    names += ["Allow"] if status == 405 else []
    return {
        "description": "\n".join(_lines(status)),
        "headers": _headers(*names),
        "content": {
            _JSON: {
                "schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas},
                **({"examples": _examples(status)} if own else {}),
            }
        },
        **({"links": _links(status)} if status in _REPEATS else {}),
    }


def _lines(status: int) -> list[str]:
    own: dict[str, list[str]] = {}
    for kind in kinds():
        if kind.status == status:
            own.setdefault(kind.code, []).append(kind.message)
    lines = [f"- `{code}`: {' '.join(messages)}" for code, messages in own.items()]
    return lines + ([f"- {_FC[status]}"] if status in _FC else [])


def _examples(status: int) -> dict[str, Any]:
    examples = {}
    for kind in kinds():
        if kind.status == status:
            error: dict[str, Any] = {
                "Code": kind.code,
                "Message": kind.message,
                "HttpStatus": kind.status,
                "Retryable": kind.retryable,
            }
            if kind is errors.INVALID_PAYLOAD:
                error["Violations"] = [
                    {"Pointer": "/GroupId", "Keyword": "required", "Message": "is missing"}
                ]
            value = {
                "Success": False, "RequestId": None, "InvocationId": _INVOCATION_ID, "Error": error,
            }  # fmt: skip
            examples[kind.code] = {"value": value}
    return examples


def _headers(*names: str) -> dict[str, Any]:
    components = {
        "X-Fc-Request-Id": "RequestId", "Retry-After": "RetryAfter", "Allow": "Allow",
    }  # fmt: skip
    return {name: {"$ref": f"#/components/headers/{components[name]}"} for name in names}


def _links(status: int) -> dict[str, Any]:
    return {
        "repeat": {
            "operationId": "createGroupId",
            "requestBody": "$request.body",
            "description": _REPEATS[status],
        }
    }
