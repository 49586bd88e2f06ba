"""Odd strings in every field: the result of each by the contract, and no output shows them."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id.errors import ProvisioningFailed
from create_group_id.tenants import group_id
from onsmqtt_stub import INSTANCE_ID, REGION_ID
from tests.corpora import strings
from tests.corpora.strings import CANARY, REPLACEMENT, SURROGATES
from tests.function.test_tenants import by_the_contract
from tests.world import SECRETS, World, a_cloud_event, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOME = (pytest.param(23, id="some"), pytest.param(1, id="all", marks=pytest.mark.corpora))
STRINGS = strings.strings()
REGION_IDS = ("cn-hangzhou",)  # the only one of the strings that is a region
CODES = ("InvalidPayload", "MalformedPayload")


class Output:
    """The output of an invocation for its caller, a failure destination and the log."""

    def __init__(self, world: World, event: object, context: Any = None) -> None:
        self.event = event
        world.backend.reset()
        log = Log()
        logger = logging.getLogger("create_group_id")
        logger.addHandler(log)
        try:
            answer = world.handle(event, context)
            text = answer["body"] if "statusCode" in answer else json.dumps(answer)
            headers = json.dumps(answer.get("headers"))
        except ProvisioningFailed as failure:
            text, headers = str(failure), ""
        finally:
            logger.removeHandler(log)
        self.envelope: dict[str, Any] = json.loads(text)
        self.lines = [json.loads(line) for line in log.lines]
        self.everything = "\n".join([text, headers, *log.lines])
        self.code = "" if self.envelope["Success"] else self.envelope["Error"]["Code"]
        assert not any(secret in self.everything for secret in SECRETS)
        assert '"bug"' not in self.everything

    def check(self, *, created: bool, codes: tuple[str, ...] = CODES) -> None:
        """Assert that a group was created, or that none was and no value is shown."""
        if created:
            assert self.envelope["Success"], self.event
        else:
            assert self.code in codes, self.event
            assert CANARY not in self.everything, self.event


class Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def loud() -> Iterator[World]:
    environ = {
        "ONSMQTT_INSTANCE_ID": INSTANCE_ID, "ONSMQTT_MAX_QPS": "10000", "LOG_LEVEL": "DEBUG",
        "ONSMQTT_ALLOWED_INSTANCE_IDS": "*",
    }  # fmt: skip
    with World(environ) as world:
        yield world


def tag(key: str, value: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value}]


Field = tuple["Callable[[str], object]", "Callable[[str], bool]"]
REQUEST = {"GroupId": "GID_test"}
FIELDS: dict[str, Field] = {
    "GroupId": (lambda text: {"GroupId": text}, strings.is_group_id),
    "RegionId": (lambda text: REQUEST | {"RegionId": text}, lambda text: text in REGION_IDS),
    "OnExisting": (
        lambda text: REQUEST | {"OnExisting": text},
        lambda text: text in ("Fail", "Succeed"),
    ),
    "key": (
        lambda text: REQUEST | {"Tags": tag(text, "v")},
        lambda text: strings.is_text(text, 1, 128),
    ),
    "value": (
        lambda text: REQUEST | {"Tags": tag("k", text)},
        lambda text: strings.is_text(text, 0, 128),
    ),
    "another property": (lambda text: REQUEST | {text + "?": 0}, lambda _text: False),
    "another tag's property": (
        lambda text: REQUEST | {"Tags": [{"Key": "k", "Value": "v", text + "?": 0}]},
        lambda _text: False,
    ),
    "tenantId": (lambda text: {"tenantId": text}, strings.is_tenant),
    "regionId": (
        lambda text: {"tenantId": "acme", "regionId": text},
        lambda text: text in REGION_IDS,
    ),
    "a signup's key": (
        lambda text: {"tenantId": "acme", "tags": tag(text, "v")},
        lambda text: strings.is_text(text, 1, 128),
    ),
    "a signup's own": (
        lambda text: {"tenantId": "acme", text[:999] + "?": text[:999]},
        lambda _text: True,
    ),
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("step", SOME)
def test_in_a_payload(step: int, field: str, loud: World) -> None:
    make, is_valid = FIELDS[field]
    for text in STRINGS[::step]:
        created = is_valid(text) and (REPLACEMENT not in text or field == "a signup's own")
        over_http = Output(loud, an_http_event(make(text)))
        over_http.check(created=created)
        as_an_event = Output(loud, make(text))
        as_an_event.check(created=created)
        if created:
            groups = loud.backend.state.instance(INSTANCE_ID).groups
            ((name, group),) = groups.items()
            assert over_http.envelope["Data"]["GroupId"] == name
            expected = {"GroupId": text, "tenantId": by_the_contract(text, "GID_")}
            assert name == expected.get(field, name)
            sent = {"key": (text, "v"), "a signup's key": (text, "v"), "value": ("k", text)}
            assert group.tags == ((sent[field],) if field in sent else ())


@pytest.mark.parametrize("field", ("InstanceId", "instanceId"))
@pytest.mark.parametrize("step", SOME)
def test_as_an_instance(step: int, field: str, loud: World) -> None:
    for text in STRINGS[::step]:
        payload = {"tenantId": "acme"} if field == "instanceId" else REQUEST
        output = Output(loud, an_http_event(payload | {field: text}))
        is_known = strings.is_name(text, 1, 64)
        output.check(
            created=text == INSTANCE_ID, codes=("InstanceNotFound",) if is_known else CODES
        )


@pytest.mark.parametrize("half", SURROGATES)
@pytest.mark.parametrize("field", FIELDS)
def test_half_of_a_surrogate_pair_is_not_text(field: str, half: str, loud: World) -> None:
    for text in (half, CANARY + half, half + CANARY):
        Output(loud, FIELDS[field][0](text)).check(created=False, codes=("MalformedPayload",))


def test_two_tenants_never_get_the_same_group() -> None:
    names = [text for text in STRINGS if strings.is_tenant(text)]
    names += [name + end for name in names if len(name) < 200 for end in ("-", " ", "1", "\u0301")]
    names = list(dict.fromkeys(names))
    assert len(names) > 3000
    for prefix in ("GID_", "GID_prod_"):
        groups = {name: group_id(name, prefix) for name in names}
        assert groups == {name: by_the_contract(name, prefix) for name in names}
        folded = {group.casefold() for group in groups.values()}
        assert len(folded) == len(names)
        # A tenant whose name is the group ID of another, or its suffix, gets its own group.
        taken = [group.removeprefix(start) for group in groups.values() for start in ("", prefix)]
        for name in set(taken) - set(names):
            folded.add(group_id(name, prefix).casefold())
        assert len(folded) == len({*names, *taken})


BINARY = {"ce-specversion": "1.0", "ce-type": "tenant.signup", "ce-id": "e-1"}
IGNORED_HEADERS = (
    "Authorization", "Cookie", "User-Agent", "Accept", "Host", "X-Fc-Security-Token", "GroupId",
    "X-Forwarded-For", "traceparent", "Content-Length", "ce-source", "ce-subject", "ce-data",
)  # fmt: skip


@pytest.mark.parametrize("step", SOME)
def test_strings_in_parts_that_are_not_read(step: int, loud: World) -> None:
    for number, text in enumerate((*STRINGS[::step], *SURROGATES)):
        header = IGNORED_HEADERS[number % len(IGNORED_HEADERS)]
        headers = {"Content-Type": "application/json", header: text, f"X-{text}": text}
        event = an_http_event(
            REQUEST, headers=headers, rawPath=f"/{text}", queryParameters={text: text}
        )
        event["requestContext"] |= {"accountId": text, "domainName": text, "requestId": text}
        output = Output(loud, event)
        assert output.envelope["Success"]
        assert CANARY not in output.everything


@pytest.mark.parametrize("header", ("ce-data", "ce-data_base64", "ce-tenantid", "ce-subject"))
@pytest.mark.parametrize("step", SOME)
def test_strings_in_attributes_of_binary_mode_that_are_not_read(
    step: int, header: str, loud: World
) -> None:
    for text in (*STRINGS[::step], *SURROGATES):
        headers = {"Content-Type": "application/json"} | BINARY | {header: text}
        output = Output(loud, an_http_event({"tenantId": "acme"}, headers=headers))
        assert output.envelope["Data"]["GroupId"] == "GID_acme"
        assert CANARY not in output.everything


READ_HEADERS = ("Content-Type", "Content-Encoding", "ce-specversion", "ce-type", "ce-time")


@pytest.mark.parametrize("header", READ_HEADERS)
@pytest.mark.parametrize("step", SOME)
def test_in_a_header_that_is_read(step: int, header: str, loud: World) -> None:
    for text in (*STRINGS[::step], *SURROGATES):
        headers = {"Content-Type": "application/json"} | BINARY | {header: text}
        output = Output(loud, an_http_event({"tenantId": "acme"}, headers=headers))
        created = {
            "Content-Encoding": text.strip() in ("", "identity"),
            "ce-specversion": text in ("1.0", "0.3"),
            "ce-type": text == "tenant.signup",
            # Percent-encoded bytes that are not UTF-8.
            "ce-time": not any(escape in text for escape in ("%C3%28", f"%{CANARY}")),
        }
        codes = ("UnsupportedMediaType", "UnknownEventType", "InvalidPayload", "MalformedPayload")
        output.check(created=created.get(header, False), codes=codes)


@pytest.mark.parametrize("attribute", ("id", "source", "subject", "time", "traceparent", "ext"))
@pytest.mark.parametrize("step", SOME)
def test_in_an_attribute_of_a_cloud_event(step: int, attribute: str, loud: World) -> None:
    for text in STRINGS[::step]:
        output = Output(loud, [a_cloud_event({"tenantId": "acme"}, **{attribute: text})])
        assert output.envelope["Success"]
        (result,) = output.envelope["Results"]
        if attribute != "id":
            assert CANARY not in output.everything
        elif 0 < len(text) <= 128:
            assert result["EventId"] == output.lines[-1]["EventId"] == text
        else:
            assert "EventId" not in result


@pytest.mark.parametrize("attribute", ("type", "specversion"))
@pytest.mark.parametrize("step", SOME)
def test_in_an_attribute_that_decides(step: int, attribute: str, loud: World) -> None:
    for text in STRINGS[::step]:
        output = Output(loud, a_cloud_event({"tenantId": "acme"}) | {attribute: text})
        created = text == ("tenant.signup" if attribute == "type" else "1.0")
        output.check(created=created, codes=("UnknownEventType", "InvalidPayload"))


@pytest.mark.parametrize("step", SOME)
def test_as_the_id_of_an_invocation(step: int, loud: World) -> None:
    for text in (*STRINGS[::step], *SURROGATES):
        output = Output(loud, REQUEST, a_context(request_id=text))
        assert output.envelope["InvocationId"] == text[:128]


VARIABLES = (
    "ONSMQTT_INSTANCE_ID", "ONSMQTT_REGION_ID", "ONSMQTT_ALLOWED_INSTANCE_IDS", "ONSMQTT_NETWORK",
    "ONSMQTT_ENDPOINT", "ONSMQTT_MAX_QPS", "ON_FAILURE", "TENANT_GROUP_PREFIX",
    "TENANT_SIGNUP_EVENT_TYPES", "LOG_LEVEL",
)  # fmt: skip


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("step", SOME)
def test_in_the_environment(step: int, variable: str) -> None:
    environ = {"ONSMQTT_INSTANCE_ID": INSTANCE_ID, "ONSMQTT_REGION_ID": REGION_ID}
    refused = 0
    for text in (*STRINGS[::step], *SURROGATES):
        with World(environ | {variable: text}) as world:
            output = Output(world, an_http_event(REQUEST | {"RegionId": REGION_ID}))
        if output.code == "ConfigurationError":
            refused += 1
            assert variable in output.envelope["Error"]["Message"]
            assert CANARY not in output.everything
        else:
            # An empty value counts as unset; another ID may be well-formed.
            none = ("InvalidPayload",) if not text and variable == VARIABLES[0] else ()
            assert output.code in ("", "InstanceNotFound", "InstanceNotAllowed", *none)
    assert refused or variable == "TENANT_SIGNUP_EVENT_TYPES"


@pytest.mark.parametrize("part", ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN"))
@pytest.mark.parametrize("step", SOME)
def test_in_the_credentials(step: int, part: str, loud: World) -> None:
    known = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.testid",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "testtoken",
    }
    loud.environ |= known
    for text in (*STRINGS[::step], *SURROGATES):
        loud.environ[f"ALIBABA_CLOUD_{part}"] = text
        output = Output(loud, an_http_event(REQUEST), a_context(credentials=None))
        assert output.code in ("CredentialsMissing", "CredentialsRejected")
        assert CANARY not in output.everything
