"""Small projects for the tests: a function that responds as ours does, and wheels made by hand."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]

# It responds as our function does, and reads the variables in `VARIABLES`.
FUNCTION = '''
"""A function."""
import json
import os

import greeting

ALPHABET = {"alpha", "beta", "gamma", "delta"}  # a set, whose order is visible in byte code


def initialize(context):
    assert context.region


def handler(event, context):
    values = {name: os.environ.get(name, "") for name in %r}
    payload = json.loads(event)
    if "specversion" in payload:
        known = payload["type"] in values["TENANT_SIGNUP_EVENT_TYPES"].split(",")
        code = "CredentialsMissing" if known else "UnknownEventType"
        raise ValueError(json.dumps({"Error": {"Code": code}}))
    valid = json.loads(payload["body"])["GroupId"] != "nobody"
    status, code = (500, "CredentialsMissing") if valid else (400, greeting.CODE)
    if not values["ONSMQTT_MAX_QPS"].strip("0123456789."):
        error = {"Code": code}
    else:
        message = "ONSMQTT_MAX_QPS has a wrong value: it must be a decimal."
        status, error = 500, {"Code": "ConfigurationError", "Message": message}
    return {"statusCode": status, "body": json.dumps({"Error": error})}


ACTION = "CreateGroupId"
'''
VARIABLES = (
    "ONSMQTT_INSTANCE_ID",
    "ONSMQTT_REGION_ID",
    "ONSMQTT_ALLOWED_INSTANCE_IDS",
    "ONSMQTT_NETWORK",
    "ONSMQTT_ENDPOINT",
    "ONSMQTT_MAX_QPS",
    "ON_FAILURE",
    "TENANT_GROUP_PREFIX",
    "TENANT_SIGNUP_EVENT_TYPES",
    "LOG_LEVEL",
    "FC_REGION",
)
INDEX = FUNCTION % (VARIABLES,)


def make_wheel(folder: Path, name: str, files: dict[str, str]) -> str:
    """Make a wheel, and return its line for a lock file."""
    info = f"{name}-1.0.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/licenses/LICENSE": "Do as you like.\n",
    }
    records = [f"{path},sha256={_record_hash(text)},{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*records, f"{info}/RECORD,,", ""])
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as file:
        for path, text in files.items():
            file.writestr(path, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def _record_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
