"""Functions, layers and state machines."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final

from local.aws import STACK, client
from local.functions import Function
from local.resources import makes, uncapitalised

if TYPE_CHECKING:
    from local.deployment import Deployment
    from local.properties import Properties

LOG_DELIVERY: Final = (
    *("CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"),
    *("PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"),
)
"""What Step Functions needs of a machine's role before it makes one that logs (its guide, "Logging using CloudWatch Logs")."""


def _no_code() -> bytes:
    """moto wants an archive; handlers are loaded from their folders."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("app.py", "")
    return archive.getvalue()


@makes("AWS::Lambda::LayerVersion")
def layer(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    properties.take("Content")
    arn = client("lambda").publish_layer_version(Content={"ZipFile": _no_code()}, **properties.rest())["LayerVersionArn"]
    return {"Ref": arn}


@makes("AWS::Lambda::Function")
def function(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    properties.take("Code")
    properties.take("ReservedConcurrentExecutions", None)  # the runner runs one at a time
    properties.take("RecursiveLoop", None)  # a watchman of Lambda's; the runner's own is `ROUNDS_MAX`
    values = properties.rest()
    values["Tags"] = {tag["Key"]: tag["Value"] for tag in values.pop("Tags", [])}
    environment = {key: str(value) for key, value in values.pop("Environment", {}).get("Variables", {}).items()}
    physical = f"{STACK}-{name}"
    arn = client("lambda").create_function(
        FunctionName=physical, Code={"ZipFile": _no_code()}, Environment={"Variables": environment}, **values
    )["FunctionArn"]
    site.runtime.add(
        Function(
            logical_id=name,
            arn=arn,
            folder=site.template.code[name],
            handler=values["Handler"],
            timeout_seconds=int(values.get("Timeout", 3)),
            memory_mb=int(values.get("MemorySize", 128)),
            environment=environment,
            grants=site.grants[values["Role"]],
        )
    )
    return {"Ref": physical, "Arn": arn}


@makes("AWS::Lambda::Version")
def version(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    made = client("lambda").publish_version(FunctionName=properties.take("FunctionName"))
    return {"Ref": made["FunctionArn"], "Version": made["Version"]}


@makes("AWS::Lambda::Alias")
def alias(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    return {"Ref": client("lambda").create_alias(**properties.rest())["AliasArn"]}


@makes("AWS::Lambda::EventInvokeConfig")
def event_invoke_config(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    values = properties.rest()
    client("lambda").put_function_event_invoke_config(**values)
    logical_id = values["FunctionName"].removeprefix(f"{STACK}-")
    site.engine.dead_letters[logical_id] = values["DestinationConfig"]["OnFailure"]["Destination"]
    return {"Ref": name}


@makes("AWS::StepFunctions::StateMachine")
def state_machine(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    text = properties.take("DefinitionString", None) or json.dumps(properties.take("Definition"))
    for key, value in properties.take("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{key}}}", str(value))
    role, logging = properties.take("RoleArn"), properties.take("LoggingConfiguration", {})
    for operation in LOG_DELIVERY if logging.get("Destinations") else ():
        site.grants[role].check("logs", operation, {})
    made = client("stepfunctions").create_state_machine(
        name=f"{STACK}-{name}",
        definition=text,
        roleArn=role,
        type=properties.take("StateMachineType", "STANDARD"),
        tags=uncapitalised(properties.take("Tags", [])),
        loggingConfiguration=uncapitalised(logging),
        tracingConfiguration=uncapitalised(properties.take("TracingConfiguration", {})),
    )
    site.engine.machine_grants[made["stateMachineArn"]] = site.grants[role]
    return {"Ref": made["stateMachineArn"], "Arn": made["stateMachineArn"], "Name": f"{STACK}-{name}"}
