"""Responses in XML: the default of V1, and for V3 if it accepts XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.stub.client import INSTANCE, Client


def test_v1_returns_xml_by_default(client: Client) -> None:
    response = client.v1(GroupId="GID_test", InstanceId=INSTANCE, common={"Format": None})
    assert response.headers["Content-Type"] == "text/xml;charset=utf-8"
    root = ET.fromstring(response.text)  # noqa: S314 - the stub's own
    assert (root.tag, [child.tag for child in root]) == ("CreateGroupIdResponse", ["RequestId"])
    again = client.v1(GroupId="GID_test", InstanceId=INSTANCE, common={"Format": None})
    assert again.status_code == 400
    error = ET.fromstring(again.text)  # noqa: S314 - the stub's own
    assert error.tag == "Error"
    assert [child.tag for child in error] == ["RequestId", "HostId", "Code", "Message", "Recommend"]
    assert "<![CDATA[https://" in again.text


def test_list_repeats_its_element_without_a_wrapper(client: Client) -> None:
    client.create("GID_one")
    client.create("GID_two")
    listed = client.v1("ListGroupId", InstanceId=INSTANCE, common={"Format": "xml"})
    data = ET.fromstring(listed.text).findall("Data")  # noqa: S314 - the stub's own
    assert [item.findtext("GroupId") for item in data] == ["GID_one", "GID_two"]
    assert data[0].findtext("IndependentNaming") == "true"


def test_v3_that_accepts_xml(client: Client) -> None:
    response = client.create(headers={"accept": "application/xml"})
    assert response.text.startswith("<?xml version='1.0' encoding='UTF-8'?><CreateGroupIdResponse>")


def test_what_the_client_sent_is_escaped(client: Client) -> None:
    """A message that quotes the request is well-formed, even with control characters."""
    headers = {"accept": "application/xml", "x-acs-extra": "<&>\x01"}
    wrong = client.create(secret="wrong", headers=headers)
    error = ET.fromstring(wrong.text)  # noqa: S314 - the stub's own
    assert "x-acs-extra:<&>\N{REPLACEMENT CHARACTER}\n" in str(error.findtext("Message"))


def test_unknown_format(client: Client) -> None:
    response = client.v1(GroupId="GID_test", InstanceId=INSTANCE, common={"Format": "YAML"})
    error = ET.fromstring(response.text)  # noqa: S314 - the stub's own
    assert (response.status_code, error.findtext("Code")) == (400, "InvalidParameter.Format")
    assert error.findtext("Message") == "Specified parameter format is not valid."
