"""What services may do in the stack's name: schedules, the state machine, those who invoke functions; all that they need and no more.

Functions' roles are held by `tests/least_privilege.py`, and so are these where the local stack takes them; here stands what each is for.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local import permissions
from local.memory.machine import UnknownDefinition
from local.permissions import Grants, Permit
from local.resources.compute import LOG_DELIVERY
from tests.infra.resources import of_type, routes
from tests.infra.test_template_access import listed, statements
from tests.integration import scenario
from tests.least_privilege import granted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.scheduling import Schedule
    from local.stack import Stack
    from local.template import Template

FUNCTION, SCHEDULE, MACHINE = "AWS::Lambda::Function", "AWS::Scheduler::Schedule", "AWS::StepFunctions::StateMachine"
TRACING = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
LOGGING = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
POLLING = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
STREAMING = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
Granted = set[tuple[str, str]]
"""Actions, each with its resource as the template writes it."""


def role_of(properties: dict[str, Any]) -> str:
    """The role that a function, a machine or a schedule's target names."""
    named = properties.get("Role") or properties.get("RoleArn") or properties["Target"]["RoleArn"]
    return str(named["Fn::GetAtt"][0])


def grants_of(template: Template, role: str) -> Granted:
    said = [statement for name, statement in statements(template) if name == role]
    assert all(statement["Effect"] == "Allow" for statement in said)
    return {(action, json.dumps(one)) for each in said for action in listed(each["Action"]) for one in listed(each["Resource"])}


def test_each_role_is_one_ones_alone_and_only_its_service_takes_it(template: Template) -> None:
    takes = {FUNCTION: "lambda", SCHEDULE: "scheduler", MACHINE: "states"}
    holders = {(role_of(one["Properties"]), kind) for kind in takes for one in of_type(template, kind).values()}
    assert len(holders) == sum(len(of_type(template, kind)) for kind in takes)
    roles = of_type(template, "AWS::IAM::Role")
    assert set(roles) == {role for role, _ in holders}
    for role, kind in holders:
        (trust,) = roles[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert (listed(trust["Action"]), trust["Principal"]) == (["sts:AssumeRole"], {"Service": [f"{takes[kind]}.amazonaws.com"]}), role


def test_a_schedule_starts_its_target_leaves_what_it_could_not_and_may_nothing_else(template: Template) -> None:
    for name, schedule in of_type(template, SCHEDULE).items():
        target = schedule["Properties"]["Target"]
        starts = "states:StartExecution" if target["Arn"] == {"Ref": "SettlementMachine"} else "lambda:InvokeFunction"
        needed = {(starts, json.dumps(target["Arn"])), ("sqs:SendMessage", json.dumps(target["DeadLetterConfig"]["Arn"]))}
        assert grants_of(template, role_of(schedule["Properties"])) == needed, name


def tasks(states: dict[str, Any]) -> Iterator[str]:
    """What the tasks of a definition run, those within its maps too; each kind of state that might need more is refused."""
    for state in states["States"].values():
        if state["Type"] == "Task":
            yield state["Resource"]
        elif state["Type"] == "Map":
            if state["ItemProcessor"]["ProcessorConfig"] != {"Mode": "INLINE"} or {"ItemReader", "ResultWriter"} & set(state):
                raise UnknownDefinition("a Map that runs executions of its own, or reads or writes objects, needs more than its tasks")
            yield from tasks(state["ItemProcessor"])
        elif state["Type"] not in {"Choice", "Pass", "Wait", "Succeed", "Fail"}:
            raise UnknownDefinition(state["Type"])


def test_the_state_machine_runs_its_tasks_keeps_its_log_and_may_nothing_else(template: Template) -> None:
    (machine,) = of_type(template, MACHINE).values()
    definition = json.loads((template.root / "functions/settlement/machine.asl.json").read_text(encoding="utf-8"))
    (task,) = set(tasks(definition))
    version = machine["Properties"]["DefinitionSubstitutions"][task.strip("${}")]["Ref"]
    (function,) = template.resources[version]["Properties"]["FunctionName"].values()
    assert machine["Properties"]["LoggingConfiguration"]["Destinations"]
    needed = {("lambda:InvokeFunction", json.dumps({"Fn::Sub": f"${{{function}.Arn}}:*"}))}
    needed |= {(f"logs:{operation}", '"*"') for operation in LOG_DELIVERY}
    assert grants_of(template, role_of(machine["Properties"])) == needed


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Parallel", "Branches": []},
        {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "States": {}}},
        {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "States": {}}, "ItemReader": {}},
    ],
)
def test_a_state_that_would_need_more_is_not_overlooked(state: dict[str, Any]) -> None:
    with pytest.raises(UnknownDefinition):
        list(tasks({"States": {"One": state}}))


def test_policies_of_aws_are_those_for_logs_traces_and_the_events_that_come(template: Template) -> None:
    """Which let a role write logs and traces, and take messages, wherever they are: AWS knows none that are narrower."""
    events: dict[str, set[str]] = {}
    for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        kind = POLLING if mapping["Properties"]["EventSourceArn"]["Fn::GetAtt"][1] == "Arn" else STREAMING
        events.setdefault(mapping["Properties"]["FunctionName"]["Ref"].removesuffix("Aliaslive"), set()).add(kind)
    needed = {role_of(one["Properties"]): {LOGGING, TRACING} | events.get(name, set()) for name, one in of_type(template, FUNCTION).items()}
    needed |= {
        role_of(one["Properties"]): {TRACING} for one in of_type(template, MACHINE).values() if one["Properties"]["TracingConfiguration"]
    }
    for name, role in of_type(template, "AWS::IAM::Role").items():
        assert set(role["Properties"].get("ManagedPolicyArns", [])) == needed.get(name, set()), name


def invoked(operation: dict[str, Any]) -> str:
    """The alias behind a route."""
    uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
    return str(re.findall(r"functions/\$\{(\w+)\}", uri)[0])


def test_who_may_invoke_a_function_is_the_api_for_its_routes_and_who_asks_it_about_tokens(template: Template) -> None:
    allowed = []
    for permission in of_type(template, "AWS::Lambda::Permission").values():
        said = permission["Properties"]
        assert said["Action"] == "lambda:InvokeFunction"
        arn = said["SourceArn"]
        if isinstance(plain := arn.get("Fn::Sub"), str):
            arn = {"Fn::Sub": [plain.replace("${Api}", "${__ApiId__}"), {"__ApiId__": {"Ref": "Api"}}]}
        allowed.append((said["FunctionName"]["Ref"], said["Principal"], json.dumps(arn)))
    needed = {("TokenClaimsAliaslive", "cognito-idp.amazonaws.com", json.dumps({"Fn::GetAtt": ["UserPool", "Arn"]}))}
    places = [
        (invoked(operation), "*/*/v1/*" if path.startswith("/v1/") else f"${{__Stage__}}/{method}{path}")
        for method, path, operation in routes(template)
    ]
    for alias, place in [*places, ("AuthorizerAliaslive", "authorizers/*")]:
        stage = {"__Stage__": "*"} if "Stage" in place else {}
        plain = re.sub(r"(?<!\$)\{[^}+]+\}", "*", place)
        arn = f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/{plain}"
        needed.add((alias, "apigateway.amazonaws.com", json.dumps({"Fn::Sub": [arn, {"__ApiId__": {"Ref": "Api"}} | stage]})))
    assert set(allowed) == needed


# ---------------------------------------------------------------- as the local stack runs them


@pytest.fixture
def services(template: Template) -> set[Permit]:
    """All that the roles of schedules and of the machine are granted."""
    roles = {role_of(one["Properties"]) for kind in (SCHEDULE, MACHINE) for one in of_type(template, kind).values()}
    return {permit for permit in granted(template) if permit.role in roles}


def schedules(stack: Stack) -> list[Schedule]:
    return stack._engine.timetable.schedules


def test_schedules_and_the_machine_use_all_that_they_are_granted(stack: Stack, engine: str, services: set[Permit]) -> None:
    known = set(permissions.USED)
    permissions.USED.clear()
    scenario.party(stack, "ann", "creator")
    for month, reached in (("2026-11", True), ("2026-12", False)):
        stack.faults.unreachable("" if reached else "*")
        stack.at(f"{month}-10T05:00:00Z")
        stack.tick(f"{month}-11T00:20:00Z")
    used = set(permissions.USED)
    permissions.USED.update(known)
    logs = {(permit.role, permit.statement) for permit in services if permit.what.startswith("logs:")}
    at_deployment = {permit for permit in services if (permit.role, permit.statement) in logs}
    assert at_deployment <= known
    if engine == "memory":  # moto runs machines without a word to anybody
        assert services - used == at_deployment
    letters = [json.loads(letter) for letter in stack.messages("ScheduleDeadLetterQueue")]
    assert {letter["schedule"] for letter in letters} == {schedule.logical_id for schedule in schedules(stack)}
    assert {name for letter in letters for name in letter["requestPayload"]} == {"now", "watch", "scheduled_at", "again_at"}
    assert not stack.errors


@pytest.mark.parametrize("name", ["AggregateEvery", "SettlementMachineSettleSchedule"])
def test_a_schedule_whose_role_may_not_start_its_target_is_refused(stack: Stack, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    without = [replace(one, grants=Grants("R", [])) if one.logical_id == name else one for one in schedules(stack)]
    monkeypatch.setattr(stack._engine.timetable, "schedules", without)
    with pytest.raises(ClientError, match=r"does not allow (lambda:InvokeFunction|states:StartExecution)"):
        stack.tick("2026-11-30T00:00:00Z")
