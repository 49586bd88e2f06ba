"""`smoke`: it passes against the local Function Compute, and reports every difference."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from create_group_id_tools.commands.smoke import command
from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from tests.remote.echo import Echo, echoing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

    from onsmqtt_stub import Backend
    from tests.local.stacks import Local

DELETE = (
    "  aliyun onsmqtt DeleteGroupId --region cn-hangzhou --InstanceId mqtt-cn-0pp1ldu0001"
    " --GroupId GID_smoke"
)


def smoke(target: str) -> Result:
    return CliRunner().invoke(command, [target])


def rows(done: Result) -> list[list[str]]:
    """Return the rows of the table: case, expected, got, milliseconds, verdict."""
    table = done.stdout.partition("\n\n")[0].splitlines()[1:]
    return [re.split(r" {2,}", line) for line in table if "  " in line]


@pytest.mark.parametrize(
    ("form", "wrong_method"),
    (
        ("{}", "403 by FC"),
        ("fc3://create-group-id?endpoint={}", "405 MethodNotAllowed"),
        ("fc2://any/create-group-id?endpoint={}", "405 MethodNotAllowed"),
    ),
)
def test_the_local_function_passes_by_each_target(
    signed: Local, signed_backend: Backend, form: str, wrong_method: str
) -> None:
    signed_backend.reset()
    done = smoke(form.format(signed.url))
    assert done.exit_code == 0
    assert [(row[0], row[2], row[4]) for row in rows(done)] == [
        ("create", "200 Created", "ok"),
        ("replay", "200 AlreadyExists", "ok"),
        ("bad payload", "400 InvalidPayload /GroupId pattern", "ok"),
        ("wrong method", wrong_method, "ok"),
    ]
    assert all(int(row[3]) < 5000 for row in rows(done))
    assert signed_backend.groups() == ["GID_smoke"]
    invoked = 3 if wrong_method.startswith("403") else 4
    billed = f"{invoked} invocations; the group GID_smoke, as one message TPS of its instance."
    assert done.stderr.splitlines()[-3:] == [
        f"Billed (unless the target is a stub): {billed}",
        "To delete the group, which is billed too:",
        DELETE,
    ]


def test_a_group_of_an_earlier_run_is_no_difference_and_no_cost(
    signed: Local, signed_backend: Backend
) -> None:
    signed_backend.reset()
    signed_backend.add_group("GID_smoke")
    done = smoke(signed.url)
    assert (done.exit_code, rows(done)[0][2]) == (0, "200 AlreadyExists")
    assert "no group (it already existed)" in done.stderr
    assert DELETE in done.stderr


REQUEST_ID = "1-6b05723c-c003a5e9-f1118e4b86c4"
DATA = {
    "GroupId": "GID_smoke",
    "InstanceId": "mqtt-cn-0pp1ldu0001",
    "RegionId": "cn-hangzhou",
    "Outcome": "AlreadyExists",
}
GOOD = {
    "Success": True,
    "RequestId": "2C7D722D-0F3D-4415-A9CD-A464D82C0000",
    "InvocationId": REQUEST_ID,
    "Data": DATA,
}


BATCH = {"Success": True, "InvocationId": REQUEST_ID, "Count": 1, "Results": [{**GOOD, "Index": 0}]}


def refusal(status: int, code: str, **more: Any) -> dict[str, Any]:
    error = {"Code": code, "Message": "m", "HttpStatus": status, "Retryable": False, **more}
    return {"Success": False, "RequestId": None, "InvocationId": REQUEST_ID, "Error": error}


VIOLATION = {"Pointer": "/GroupId", "Keyword": "pattern", "Message": "m"}
BAD = refusal(400, "InvalidPayload", Violations=[VIOLATION])
METHOD = refusal(405, "MethodNotAllowed")


class Impostor(Echo):
    """A function that responds as the contract says, except where a test changes it."""

    def __init__(self) -> None:
        super().__init__()
        self.good, self.bad, self.method = (
            response(200, GOOD),
            response(400, BAD),
            response(405, METHOD, Allow="POST"),
        )

    def respond(self, request: HttpRequest) -> HttpResponse:
        super().respond(request)
        if request.method == "GET":
            return self.method
        succeeds = json.loads(request.body).get("OnExisting") == "Succeed"
        return self.good if succeeds else self.bad


def response(status: int, body: Any, **headers: str) -> HttpResponse:
    complete = {"Content-Type": "application/json", "X-Fc-Request-Id": REQUEST_ID, **headers}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, data, complete)


def made(outcome: str) -> HttpResponse:
    return response(200, {**GOOD, "Data": {**DATA, "Outcome": outcome}})


@pytest.fixture
def impostor() -> Iterator[Impostor]:
    with echoing(Impostor()) as impostor:
        yield impostor


def test_an_impostor_that_differs_in_nothing_passes(impostor: Impostor) -> None:
    assert smoke(impostor.url).exit_code == 0
    create, replay, bad, method = impostor.requests
    assert json.loads(create.body) == {"GroupId": "GID_smoke", "OnExisting": "Succeed"}
    assert replay.body == create.body
    assert json.loads(bad.body)["GroupId"] == "smoke"
    assert method.method == "GET"


@pytest.mark.parametrize(
    ("part", "response", "message"),
    (
        ("good", made("Created"), "200 Created"),
        (
            "good",
            response(200, {**GOOD, "Data": {**DATA, "GroupId": "GID_other"}}),
            "another group",
        ),
        ("good", response(200, {**GOOD, "InvocationId": "1-other"}), "InvocationId is not"),
        ("good", response(200, {**GOOD, "RequestId": None}), "RequestId is missing"),
        ("good", response(200, {**GOOD, "More": 1}), "not valid against envelope.json"),
        ("good", response(200, GOOD, **{"Content-Type": "text/plain"}), "Content-Type is not"),
        ("good", response(201, GOOD), "201 AlreadyExists"),
        ("good", response(200, b"hello"), "200 no envelope"),
        (
            "good",
            response(200, {**GOOD, "Data": {**DATA, "Outcome": "Created"}}),
            "GID_smoke, as one",
        ),
        ("good", response(200, BATCH), "200 no envelope"),
        ("good", response(502, b"Internal Server Error"), "502 InvocationError"),
        ("bad", response(200, BAD), "HttpStatus is not the status"),
        ("bad", response(400, refusal(400, "InvalidPayload")), "400 InvalidPayload"),
        ("bad", response(400, refusal(400, "MalformedPayload")), "400 MalformedPayload"),
        ("bad", response(200, GOOD), "200 AlreadyExists"),
        ("bad", response(403, b"{}"), "403 by FC"),
        ("method", response(405, METHOD), "Allow is not POST"),
        ("method", response(200, GOOD), "200 AlreadyExists"),
        ("method", response(404, b"{}"), "no such function"),
    ),
)
def test_each_difference_is_reported(
    impostor: Impostor, part: str, response: HttpResponse, message: str
) -> None:
    setattr(impostor, part, response)
    done = smoke(impostor.url)
    assert done.exit_code == 3
    assert "DIFFERS" in done.stdout
    assert message in done.output


def test_a_lost_response_is_no_difference(impostor: Impostor) -> None:
    impostor.good = response(200, {**GOOD, "Data": {**DATA, "Outcome": "Recovered"}})
    done = smoke(impostor.url)
    assert done.exit_code == 0
    assert "GID_smoke, as one message TPS" in done.stderr


def test_json_is_one_document(signed: Local) -> None:
    done = CliRunner().invoke(command, [signed.url, "--json"])
    document = json.loads(done.stdout)
    assert document["ok"] is True
    assert [case["case"] for case in document["cases"]] == [
        "create", "replay", "bad payload", "wrong method",
    ]  # fmt: skip


def test_a_function_that_cannot_be_called_is_one_line(impostor: Impostor) -> None:
    impostor.good = response(404, b'{"Code": "FunctionNotFound"}')
    done = smoke(impostor.url)
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "404 FunctionNotFound: no such function" in done.stderr
    assert len(impostor.requests) == 1


@pytest.mark.parametrize("target", ("", "nowhere", "https://example.com", "http://127.0.0.1:9"))
def test_an_invalid_target_is_one_line(target: str) -> None:
    done = smoke(target)
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_no_response_controls_the_terminal(impostor: Impostor) -> None:
    violation = {**VIOLATION, "Keyword": "\x1b[2J"}
    impostor.bad = response(400, refusal(400, "InvalidPayload", Violations=[violation]))
    done = smoke(impostor.url)
    assert (done.exit_code, "\x1b" in done.output) == (3, False)
    assert "\\x1b[2J" in done.stdout
