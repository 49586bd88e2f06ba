"""`redrive --drain`: messages of an MNS queue become lines of a file, and none is lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from create_group_id_tools.commands.redrive import command
from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.failures.destination import record
from create_group_id_tools.local import http_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

KEY = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "queue-key",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "queue-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "queue-token",
}
RECORD = record(
    request_id="1-a",
    arn="acs:fc:cn-hangzhou:1:functions/f",
    event=b'{"tenantId": "\xe4\xb8\xad<&>"}',
    result=None,
    condition="InvocationError",
    invocations=4,
    now=0,
)


class Queue:
    """An MNS queue as documented: a message that was received is hidden until it is deleted."""

    def __init__(self, *bodies: str) -> None:
        self.messages = dict(enumerate(bodies))
        self.hidden: set[int] = set()
        self.fails_to_delete = False

    def respond(self, request: HttpRequest) -> HttpResponse:
        headers, arguments = request.lower_headers(), dict(request.query)
        # https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
        to_sign = "\n".join(
            [
                request.method,
                headers.get("content-md5", ""),
                headers["content-type"],
                headers["date"],
                f"x-mns-version:{headers['x-mns-version']}",
                request.target,
            ]
        )
        digest = hmac.new(b"queue-secret", to_sign.encode(), hashlib.sha1).digest()
        expected = f"MNS queue-key:{base64.b64encode(digest).decode()}"
        if headers["authorization"] != expected:
            return HttpResponse(403, b"")
        assert headers["security-token"] == "queue-token"
        if request.raw_path != "/queues/failures/messages":
            return self._error("QueueNotExist")
        if request.method == "DELETE":
            if self.fails_to_delete:
                return HttpResponse(500, b"")
            del self.messages[int(arguments["ReceiptHandle"].removesuffix("+/="))]
            return HttpResponse(204, b"")
        visible = [number for number in self.messages if number not in self.hidden]
        visible = visible[: int(arguments["numOfMessages"])]
        if not visible:
            return self._error("MessageNotExist")
        self.hidden.update(visible)
        inside = "".join(
            f"<Message><MessageId>m</MessageId><ReceiptHandle>{number}+/=</ReceiptHandle>"
            f"<MessageBody><![CDATA[{self.messages[number]}]]></MessageBody></Message>"
            for number in visible
        )
        response = f'<Messages xmlns="http://mns.aliyuncs.com/doc/v1/">{inside}</Messages>'
        return HttpResponse(200, response.encode())

    @staticmethod
    def _error(code: str) -> HttpResponse:
        body = f'<Error xmlns="http://mns.aliyuncs.com/doc/v1/"><Code>{code}</Code></Error>'
        return HttpResponse(404, body.encode())


@pytest.fixture
def queue() -> Queue:
    text = json.dumps(RECORD)
    return Queue(*[text] * 17, base64.b64encode(text.encode()).decode())


@pytest.fixture
def url(queue: Queue) -> Iterator[str]:
    with http_server.running(queue.respond) as url:
        yield f"{url}/queues/failures"


def drain(file: Path, url: str, **environ: str) -> Result:
    return CliRunner(env={**KEY, **environ}).invoke(command, [str(file), "--drain", url])


def test_every_message_becomes_a_line(tmp_path: Path, queue: Queue, url: str) -> None:
    file = tmp_path / "failures.jsonl"
    done = drain(file, url)
    assert (done.exit_code, done.stdout) == (0, f"18 records moved to {file}\n")
    assert [json.loads(line) for line in file.read_text().splitlines()] == [RECORD] * 18
    assert queue.messages == {}
    assert drain(file, url).stdout == f"0 records moved to {file}\n"


def test_a_dead_letter_is_moved_too(tmp_path: Path, queue: Queue, url: str) -> None:
    event = {"specversion": "1.0", "data": {"messageBody": "{}"}}
    text = json.dumps([event], indent=1)
    queue.messages = {0: text, 1: base64.b64encode(text.encode()).decode()}
    file = tmp_path / "failures.jsonl"
    assert drain(file, url).stdout == f"2 records moved to {file}\n"
    assert [json.loads(line) for line in file.read_text().splitlines()] == [[event]] * 2


def test_what_is_not_a_record_stays_in_the_queue(tmp_path: Path, queue: Queue, url: str) -> None:
    queue.messages = {0: "hello", 1: "{}", 2: json.dumps(RECORD)}
    done = drain(tmp_path / "failures.jsonl", url)
    assert "2 messages left in the queue: not failure records" in done.stderr
    assert set(queue.messages) == {0, 1}


def test_a_message_that_cannot_be_deleted_is_in_the_file_already(
    tmp_path: Path, queue: Queue, url: str
) -> None:
    queue.fails_to_delete = True
    file = tmp_path / "failures.jsonl"
    done = drain(file, url)
    assert (done.exit_code, done.stderr) == (
        2,
        "Error: --drain: status 500 for DELETE; check the key, its permissions and the queue\n",
    )
    assert len(file.read_text().splitlines()) == 1
    assert len(queue.messages) == 18


@pytest.mark.parametrize(
    "body", (b"", b"<html>", b"\xff", b'<?xml version="1.0" encoding="x"?><a/>')
)
def test_a_response_that_is_not_xml_is_one_line(tmp_path: Path, body: bytes) -> None:
    with http_server.running(lambda _: HttpResponse(200, body)) as url:
        done = drain(tmp_path / "failures.jsonl", f"{url}/queues/failures")
    expected = "Error: --drain: the response is not XML; check the address of the queue\n"
    assert (done.exit_code, done.stderr) == (2, expected)


@pytest.mark.parametrize("file", (".", "/dev/null"))
def test_a_message_that_cannot_be_written_stays(file: str, queue: Queue, url: str) -> None:
    assert drain(Path(file), url).exit_code == 2
    assert len(queue.messages) == 18


@pytest.mark.parametrize(
    ("environ", "path", "message"),
    (
        ({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"}, "", "status 403 for GET; check the key"),
        ({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""}, "", "set both ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ({}, "-of-another", "no such queue; check its name"),
    ),
)
def test_a_refusal_is_one_line(
    tmp_path: Path, url: str, environ: dict[str, str], path: str, message: str
) -> None:
    done = drain(tmp_path / "failures.jsonl", url + path, **environ)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "queue-secret" not in done.output


@pytest.mark.parametrize(
    "url",
    (
        "http://1.mns.cn-hangzhou.aliyuncs.com/queues/q",
        "https://1.mns.cn-hangzhou.aliyuncs.com.evil.example/queues/q",
        "https://evil.example/queues/q",
        "https://1.mns.cn-hangzhou.aliyuncs.com/topics/q",
    ),
)
def test_credentials_go_to_no_other_host(tmp_path: Path, url: str) -> None:
    done = drain(tmp_path / "failures.jsonl", url)
    assert done.exit_code == 2
    assert "must be https://ACCOUNT.mns.REGION.aliyuncs.com/queues/NAME" in done.stderr
