"""Step Functions: machines and their executions, which run when the stack drains."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT, REGION
from local.memory.machine import Failed, Machine
from local.memory.service import Service

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


@dataclass
class Execution:
    """One execution of a machine."""

    arn: str
    name: str
    text: str
    started_at: datetime
    status: str = "RUNNING"
    answer: dict[str, str] = field(default_factory=dict)
    """`output` of one that succeeded; `error` and `cause` of one that failed."""

    def shown(self) -> dict[str, Any]:
        """As the service describes it."""
        about = {"executionArn": self.arn, "name": self.name, "status": self.status, "startDate": self.started_at}
        return about | {"stateMachineArn": machine_arn(self.arn), "input": self.text} | self.answer


def machine_arn(execution_arn: str) -> str:
    """The machine of an execution."""
    return execution_arn.rsplit(":", 1)[0].replace(":execution:", ":stateMachine:")


class StepFunctions(Service):
    """The client."""

    name = "stepfunctions"

    def _missing(self, code: str, arn: str) -> ClientError:
        return self.refuse(code, f"it does not exist: {arn}", "StepFunctions")

    def do_create_state_machine(self, name: str, definition: str, **_settings: Any) -> dict[str, Any]:
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
        self.cloud.machines[arn] = Machine(arn, definition, lambda: self.cloud.hooks)
        return {"stateMachineArn": arn}

    def do_list_state_machines(self) -> dict[str, Any]:
        return {"stateMachines": [{"stateMachineArn": arn, "name": arn.rsplit(":", 1)[1]} for arn in self.cloud.machines]}

    def do_start_execution(self, stateMachineArn: str, name: str = "", input: str = "{}") -> dict[str, Any]:  # noqa: A002
        if stateMachineArn not in self.cloud.machines:
            raise self._missing("StateMachineDoesNotExist", stateMachineArn)
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name or uuid.uuid4()}"
        before = self.cloud.executions.get(arn)
        if before is None:
            started_at = datetime.fromtimestamp(self.cloud.hooks.epoch(), UTC)
            before = self.cloud.executions[arn] = Execution(arn, arn.rsplit(":", 1)[1], input, started_at)
            self.cloud.hooks.start_execution(lambda: self._run(before))
        elif before.status != "RUNNING" or before.text != input:
            raise self.refuse("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'", "StartExecution")
        return {"executionArn": arn, "startDate": before.started_at}

    def _run(self, execution: Execution) -> None:
        given = json.loads(execution.text)
        context = {"Execution": {"Id": execution.arn, "Input": given, "Name": execution.name}}
        try:
            answer = self.cloud.machines[machine_arn(execution.arn)].run(given, context)
        except Failed as failed:
            execution.status, execution.answer = "FAILED", {"error": failed.error, "cause": failed.cause}
        else:
            execution.status, execution.answer = "SUCCEEDED", {"output": json.dumps(answer)}

    def do_describe_execution(self, executionArn: str) -> dict[str, Any]:
        if executionArn not in self.cloud.executions:
            raise self._missing("ExecutionDoesNotExist", executionArn)
        return self.cloud.executions[executionArn].shown()

    def do_list_executions(self, stateMachineArn: str) -> dict[str, Any]:
        mine = [execution.shown() for execution in self.cloud.executions.values() if machine_arn(execution.arn) == stateMachineArn]
        return {"executions": mine}
