"""IAM, as far as our roles use it: moto lets every call through, so a missing grant would first be noticed in production."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cache
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import ClientError

from local.aws import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

TRANSACTION_ACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
OBJECT_ACTIONS = {
    "PutObject": "PutObject",
    "PutObjectTagging": "PutObjectTagging",
    "GetObject": "GetObject",
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "AbortMultipartUpload": "AbortMultipartUpload",
    "DeleteObject": "DeleteObject",
}
OF_VERSIONS = frozenset({"GetObject", "HeadObject"})
"""What needs another action where it names a version."""
BUCKET_ACTIONS = {"ListObjectsV2": "ListBucket", "ListObjects": "ListBucket", "HeadBucket": "ListBucket"}


ACTION, RESOURCE, KEYS = "action", "resource", "keys"
ALARMS = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*"
"""What a listing of alarms by the beginning of their names needs."""


class UnknownCall(Exception):
    """A handler calls something that nobody told this module how to authorise."""


class Call(NamedTuple):
    """One thing a request needs: an action on a resource and, on a table, the partition keys it touches."""

    action: str
    resource: str
    leading_keys: frozenset[str] = frozenset()


class Permit(NamedTuple):
    """The smallest thing that a role is granted: an action, a resource or the keys of a table, by the place of its statement."""

    role: str
    statement: int
    kind: str
    what: str


KNOWN_MAX: Final = 20_000
"""How many calls a role remembers that it may make."""
USED: Final[set[Permit]] = set()
"""What the roles of functions needed in this process."""


def permits(role: str, policies: Iterable[Mapping[str, Any]]) -> Iterator[Permit]:
    """All that a role is granted; a resource is told by its place, for its name stands fast only once the stack is deployed."""
    for number, statement in enumerate(_statements(policies)):
        yield from (Permit(role, number, ACTION, action) for action in _listed(statement["Action"]))
        yield from (Permit(role, number, RESOURCE, str(place)) for place in range(len(_listed(statement["Resource"]))))
        yield from (Permit(role, number, KEYS, pattern) for pattern in _leading_keys(statement) or ())


class Pattern(NamedTuple):
    """A text with stars, and what says whether another text is one of those it stands for."""

    text: str
    fits: Callable[[str], Any]


def _pattern(text: str) -> Pattern:
    """Most are a beginning and one star, or no pattern at all: those are compared, not matched."""
    beginning = text.removesuffix("*")
    if any(sign in beginning for sign in "*?["):
        return Pattern(text, re.compile(translate(text)).match)
    return Pattern(text, beginning.__eq__ if beginning == text else methodcaller("startswith", beginning))


class Grant(NamedTuple):
    """What one statement allows: one action on its resources. Without `leading_keys`, any key."""

    resources: list[Pattern]
    leading_keys: list[Pattern] | None
    used: list[list[Permit]]
    """By resource, what of the statement is used where that is asked for."""

    def place(self, resource: str) -> int | None:
        """Which of its resources this one is, if any."""
        return next((place for place, pattern in enumerate(self.resources) if pattern.fits(resource)), None)


class Grants:
    """What one role may do: its inline statements, all of them `Allow`, limited at most to leading keys of a table."""

    def __init__(self, role: str, policies: Iterable[Mapping[str, Any]]) -> None:
        self.role = role
        self._by_action: dict[str, list[Grant]] = {}
        for number, statement in enumerate(_statements(policies)):
            resources, keys = list(map(_pattern, _listed(statement["Resource"]))), _leading_keys(statement)
            limits = None if keys is None else list(map(_pattern, keys))
            for action in _listed(statement["Action"]):
                acts = Permit(role, number, ACTION, action)
                used = [[acts, Permit(role, number, RESOURCE, str(place))] for place in range(len(resources))]
                self._by_action.setdefault(action, []).append(Grant(resources, limits, used))
        self._on_any_key = cache(self._any_key)
        self._free: set[tuple[str, str]] = set()
        self._known: dict[tuple[Any, ...], frozenset[Permit]] = {}

    def _about(self, action: str, resource: str) -> Iterator[tuple[list[Pattern] | None, list[Permit]]]:
        """Of each statement about an action on a resource the leading keys to which it is limited, if it is, and what of it is used."""
        for grant in self._by_action.get(action, ()):
            if (place := grant.place(resource)) is not None:
                yield grant.leading_keys, grant.used[place]

    def allows(self, action: str, resource: str) -> bool:
        """Whether the role may do this, on any key; whoever asks has need of it."""
        about = [used for _, used in self._about(action, resource)]
        USED.update(*about)
        return bool(about)

    def _any_key(self, operation: str, table: str) -> list[Permit]:
        """What is used of the first statement about a table, where it allows an operation whatever the key."""
        keys, used = next(self._about(f"dynamodb:{operation}", _table(table)), ([], []))
        return used if keys is None else []

    def _covering(self, call: Call) -> list[Permit]:
        """What is used of the one statement that allows a call by itself, which is how IAM decides; nothing where none does."""
        for keys, used in self._about(call.action, call.resource):
            if keys is None:
                return used
            needed = [next((pattern.text for pattern in keys if pattern.fits(key)), "") for key in call.leading_keys]
            if all(needed):
                return [*used, *(used[0]._replace(kind=KEYS, what=pattern) for pattern in needed)]
        return []

    def check(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Raises the error of the service when the role does not allow the call."""
        if service == "dynamodb" and "TableName" in params:
            place = operation, params["TableName"]
            if place in self._free:
                return  # as most roles may, and most calls are: there is nothing more to look at
            if used := self._on_any_key(*place):
                USED.update(used)
                self._free.add(place)
                return
        asked = _asked(service, operation, params)
        if asked is not None and (known := self._known.get(asked)):
            USED.update(known)
            return
        found: list[Permit] = []
        for call in required(service, operation, params):
            if covering := self._covering(call):
                found += covering
            else:
                keys = f" with keys {sorted(call.leading_keys)}" if call.leading_keys else ""
                message = f"the function's role in template.yaml does not allow {call.action} on {call.resource}{keys}"
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, operation)
        USED.update(found)
        if asked is not None:
            self._remember(asked, found)

    def _remember(self, asked: tuple[Any, ...], used: list[Permit]) -> None:
        """What was allowed once is allowed again."""
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[asked] = frozenset(used)


def _asked(service: str, operation: str, params: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """All of a call of one key or object on which it depends whether it is allowed; none of a call of many."""
    if service == "s3" and "Key" in params:
        return operation, params["Bucket"], params["Key"], bool(params.get("Tagging")), bool(params.get("VersionId"))
    if service == "dynamodb" and "TableName" in params:
        return operation, params["TableName"], _keys(params)
    return None


def _statements(policies: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _leading_keys(statement: Mapping[str, Any]) -> list[str] | None:
    if statement["Effect"] != "Allow":
        raise UnknownCall(f"a statement that does not allow: {statement}")
    match statement.get("Condition"):
        case None:
            return None
        case {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": patterns}}:
            return _listed(patterns)
        case condition:
            raise UnknownCall(f"a condition: {condition}")


def required(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Call]:
    """What a request needs to be allowed."""
    if service == "dynamodb":
        yield from _dynamodb(operation, params)
    elif service == "s3" and operation in OBJECT_ACTIONS:
        of_version = "Version" if operation in OF_VERSIONS and params.get("VersionId") else ""
        yield Call(f"s3:{OBJECT_ACTIONS[operation]}{of_version}", f"arn:aws:s3:::{params['Bucket']}/{params['Key']}")
        if operation in {"PutObject", "CreateMultipartUpload"} and params.get("Tagging"):
            yield Call("s3:PutObjectTagging", f"arn:aws:s3:::{params['Bucket']}/{params['Key']}")
    elif service == "s3" and operation in BUCKET_ACTIONS:
        yield Call(f"s3:{BUCKET_ACTIONS[operation]}", f"arn:aws:s3:::{params['Bucket']}")
    elif service == "lambda":
        yield Call(f"lambda:{operation}Function", params["FunctionName"])
    elif service == "secretsmanager":
        yield Call(f"secretsmanager:{operation}", params["SecretId"])
    elif service == "sqs":
        yield Call(f"sqs:{operation.removesuffix('Batch')}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{params['QueueUrl'].rsplit('/', 1)[1]}")
    elif service in {"cloudwatch", "logs"}:
        yield Call(f"{service}:{operation}", ALARMS if operation == "DescribeAlarms" else "*")
    elif service == "stepfunctions":
        yield Call(f"states:{operation}", re.sub(r":execution:([^:]+):[^:]+\Z", r":execution:\1:*", _state_machine_resource(params)))
    else:
        raise UnknownCall(f"{service} {operation}")


def _state_machine_resource(params: Mapping[str, Any]) -> str:
    return str(params.get("stateMachineArn") or params["executionArn"])


def _dynamodb(operation: str, params: Mapping[str, Any]) -> Iterator[Call]:
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for entry in params["TransactItems"]:
            ((kind, inner),) = entry.items()
            yield Call(f"dynamodb:{TRANSACTION_ACTIONS[kind]}", _table(inner["TableName"]), _keys(inner))
    elif operation == "BatchWriteItem":
        for name, requests in params["RequestItems"].items():
            yield Call(f"dynamodb:{operation}", _table(name), frozenset().union(*(_keys(*request.values()) for request in requests)))
    elif operation == "BatchGetItem":
        for name, group in params["RequestItems"].items():
            yield Call(f"dynamodb:{operation}", _table(name), frozenset().union(*(_keys({"Key": key}) for key in group["Keys"])))
    else:
        yield Call(f"dynamodb:{operation}", _table(params["TableName"]), _keys(params))


def _keys(params: Mapping[str, Any]) -> frozenset[str]:
    """The partition key of an item, a key or a query; of a scan, `*`, which only a grant without leading keys covers."""
    place = params.get("Key") or params.get("Item")
    if not place and not str(params.get("KeyConditionExpression", "")).startswith("pk = :pk"):
        return frozenset("*")
    key = place["pk"] if place else params["ExpressionAttributeValues"][":pk"]
    return frozenset([key["S"] if isinstance(key, dict) else key])


def _table(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
