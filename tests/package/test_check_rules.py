"""Each rule of `check`, with a template or a stack that breaks it, and with ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from create_group_id_tools.commands import check
from create_group_id_tools.packaging import trial
from create_group_id_tools.packaging.trial import TrialResponse
from create_group_id_tools.template.rendering import EXAMPLE, RenderError
from tests.package.broken import ALARMS, BROKEN, STACK, TEMPLATE
from tests.package.projects import INDEX, VARIABLES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fast_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """Invoke the zip only where the result depends on it, since each start takes a second."""
    run_variables, run_responses = trial.variables_read, trial.responses

    def variables_read(*arguments: Any) -> set[str]:
        return set(VARIABLES) if arguments[-1] == trial.OURS else run_variables(*arguments)

    def responses(*arguments: Any) -> list[TrialResponse]:
        *_, entries, environ, events = arguments
        types = ("tenant.signup", "tenant.signup,tenant.signup.bulk")
        ours = {"ONSMQTT_MAX_QPS": ("2", "5", "8"), "TENANT_SIGNUP_EVENT_TYPES": types}
        good = all(environ.get(name) in values for name, values in ours.items())
        if entries == trial.OURS and good and b"tenant.signup" in events[-1]:
            return [TrialResponse(500, "CredentialsMissing", None) for _ in events]
        return run_responses(*arguments)

    monkeypatch.setattr(trial, "variables_read", variables_read)
    monkeypatch.setattr(trial, "responses", responses)


def test_our_template_and_stacks_have_no_problem(deployment: Path) -> None:
    assert check.findings(deployment, EXAMPLE, None) == []


def test_other_names_in_the_environment_are_no_problem(deployment: Path) -> None:
    environ = {
        **EXAMPLE,
        "REGION": "cn-shanghai",
        "ROLE_NAME": "stage",
        "FAILURE_QUEUE": "stage-failures",
        "EVENT_BUS": "stage",
    }
    assert check.findings(deployment, environ, None) == []


@pytest.mark.usefixtures("fast_trial")
@pytest.mark.parametrize("case", BROKEN)
def test_each_mistake_is_found(deployment: Path, case: str) -> None:
    name, good, bad, problem = BROKEN[case]
    path = deployment / name
    text = path.read_text()
    assert good in text, "our file no longer says what this case breaks"
    path.write_text(text.replace(good, bad))
    try:
        lines = check.findings(deployment, EXAMPLE, None)
    except RenderError as error:
        lines = [str(error)]
    assert lines
    assert problem in lines[0] or problem in lines[-1], lines
    assert all(line.startswith((TEMPLATE, STACK, ALARMS)) for line in lines)
    assert len(lines) <= 4, "one mistake makes at most one line per function and one more"


@pytest.mark.usefixtures("fast_trial")
def test_our_example_of_a_success_destination_passes(deployment: Path) -> None:
    uncommented = {
        TEMPLATE: ("          # onSuccess:\n          #   destination:",),
        STACK: (
            "              # - Effect: Allow\n",
            "              #   Action: [mns:PublishMessage]\n              #   Resource:\n",
            "              #     - Fn::Sub: acs:mns",
            "  # Created:\n  #   Type: ALIYUN::MNS::Topic\n  #   Properties: {TopicName: ",
        ),
    }
    for name, comments in uncommented.items():
        text = (deployment / name).read_text()
        for comment in comments:
            assert comment in text
            text = text.replace(comment, comment.replace("# ", ""))
        (deployment / name).write_text(text)
    assert check.findings(deployment, EXAMPLE, None) == []


@pytest.mark.usefixtures("fast_trial")
def test_our_example_of_jwt_authentication_passes(deployment: Path) -> None:
    path = deployment / TEMPLATE
    text = path.read_text()
    start = text.index("            # authConfig:")
    end = text.index("\n\n", start)
    variant = text[start:end].replace("            # ", "            ")
    text = text[:start] + variant + text[end:]
    path.write_text(text.replace("authType: function # callers sign", "authType: jwt"))
    assert check.findings(deployment, EXAMPLE, None) == []


@pytest.mark.usefixtures("fast_trial")
def test_a_call_that_the_policy_does_not_grant_is_found(deployment: Path) -> None:
    with ZipFile(deployment / "build/create-group-id-python3.10.zip", "a") as file:
        file.writestr("create_group_id/more.py", 'ACTION = "ListGroupId"')
    assert check.findings(deployment, EXAMPLE, None) == [
        "infra/ros.yml: role: does not grant mq:ListMqttGroupId, which the code or FC needs"
    ]


def test_a_variable_that_the_template_does_not_mention_is_found(deployment: Path) -> None:
    with ZipFile(deployment / "build/create-group-id-python3.10.zip", "w") as file:
        file.writestr("index.py", INDEX.replace("'LOG_LEVEL'", "'LOG_LEVEL', 'LOG_COLOUR'"))
        file.writestr("greeting.py", "CODE = 'InvalidPayload'\n")
    (line,) = check.findings(deployment, EXAMPLE, None)
    assert (
        line
        == "template.yml: variable LOG_COLOUR is read by the code but not mentioned in the template"
    )
