"""IAM, as far as our roles use it: moto lets every call through, so a missing grant would first be noticed in production."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from itertools import product
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.local.aws import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TRANSACTION_ACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
OBJECT_ACTIONS = {
    "PutObject": "PutObject",
    "GetObject": "GetObject",
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "AbortMultipartUpload": "AbortMultipartUpload",
    "DeleteObject": "DeleteObject",
}
BUCKET_ACTIONS = {"ListObjectsV2": "ListBucket", "ListObjects": "ListBucket", "HeadBucket": "ListBucket"}


class UnknownCall(Exception):
    """A handler calls something that nobody told this module how to authorise."""


class Grants:
    """What one role may do: its inline statements, all of them `Allow`, without conditions."""

    def __init__(self, policies: Iterable[Mapping[str, Any]]) -> None:
        self.allowed: list[tuple[str, str]] = []
        for policy in policies:
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] != "Allow" or "Condition" in statement:
                    raise UnknownCall(f"a statement that is not a plain Allow: {statement}")
                self.allowed += product(_listed(statement["Action"]), _listed(statement["Resource"]))

    def check(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Raises the error of the service when the role does not allow the call."""
        for action, resource in required(service, operation, params):
            if not any(fnmatchcase(action, pattern) and fnmatchcase(resource, place) for pattern, place in self.allowed):
                message = f"the function's role in template.yaml does not allow {action} on {resource}"
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, operation)


def required(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The (action, resource) pairs that a call needs."""
    if service == "dynamodb":
        yield from _dynamodb(operation, params)
    elif service == "s3" and operation in OBJECT_ACTIONS:
        yield f"s3:{OBJECT_ACTIONS[operation]}", f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"
    elif service == "s3" and operation in BUCKET_ACTIONS:
        yield f"s3:{BUCKET_ACTIONS[operation]}", f"arn:aws:s3:::{params['Bucket']}"
    elif service == "sqs":
        yield f"sqs:{operation.removesuffix('Batch')}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{params['QueueUrl'].rsplit('/', 1)[1]}"
    elif service == "stepfunctions":
        yield f"states:{operation}", re.sub(r":execution:([^:]+):[^:]+\Z", r":execution:\1:*", _state_machine_resource(params))
    else:
        raise UnknownCall(f"{service} {operation}")


def _state_machine_resource(params: Mapping[str, Any]) -> str:
    return str(params.get("stateMachineArn") or params["executionArn"])


def _dynamodb(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for entry in params["TransactItems"]:
            ((kind, inner),) = entry.items()
            yield f"dynamodb:{TRANSACTION_ACTIONS[kind]}", _table(inner["TableName"])
    elif operation in {"BatchWriteItem", "BatchGetItem"}:
        for name in params["RequestItems"]:
            yield f"dynamodb:{operation}", _table(name)
    else:
        yield f"dynamodb:{operation}", _table(params["TableName"])


def _table(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
