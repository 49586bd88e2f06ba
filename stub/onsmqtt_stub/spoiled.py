"""The whole answers that a fault puts in the place of the right one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from onsmqtt_stub import answers
from onsmqtt_stub.answers import JSON, Answer
from onsmqtt_stub.errors import ApiError

if TYPE_CHECKING:
    from onsmqtt_stub.faults import Fault

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n"


def replacement(fault: Fault, request_id: str, host: str, *, xml: bool) -> Answer | None:
    """Give the answer of a fault; None for one that leaves the right answer, or none at all."""
    if fault.effect == "error":
        failure = ApiError(fault.code, "fault", status=fault.status, message=fault.message)
        return answers.error(failure, request_id, host, xml=xml).with_headers(fault.headers)
    status = 200 if fault.status is None else fault.status
    typed = {"x-acs-request-id": request_id, "Content-Type": JSON}
    if fault.effect == "redirect":
        status = 302 if fault.status is None else fault.status
        answer = Answer(status, b"", {"Location": fault.location})
    elif fault.effect == "not_json":
        answer = Answer(status, _HTML, {"Content-Type": "text/html"})
    elif fault.effect == "wrong_type":
        answer = Answer(status, json.dumps([request_id]).encode(), typed)
    elif fault.effect == "empty":
        answer = Answer(status, b"", typed)
    elif fault.effect == "oversized":
        start = json.dumps({"RequestId": request_id, "Padding": ""})[:-2].encode()
        answer = Answer(status, start.ljust(fault.size - 2, b"x") + b'"}', typed)
    else:
        return None
    return answer.with_headers(fault.headers)
