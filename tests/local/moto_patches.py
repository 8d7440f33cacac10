"""What moto 5.2.5 gets wrong or slow, corrected in one place. Each correction has its reason; the version is pinned for them.

Applied once a process by `apply()`. What depends on a running stack (its clock, its faults, its functions) is passed in as hooks.
"""

from __future__ import annotations

import copy
import decimal
import functools
import json
import threading
import types
import uuid
from typing import TYPE_CHECKING, Any, Protocol

from moto.dynamodb import models as dynamodb_models
from moto.dynamodb.exceptions import DynamodbException, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from tests.local import limits

if TYPE_CHECKING:
    from collections.abc import Callable


class Hooks(Protocol):
    """What the corrected moto asks of the stack that runs on it."""

    def epoch(self) -> float:
        """Seconds since 1970 on the stack's clock."""
        ...

    def wait(self, seconds: float) -> None:
        """A state machine waits: time passes without sleeping."""
        ...

    def invoke(self, function_arn: str, payload: bytes, *, wait_for_answer: bool) -> tuple[bytes, bool]:
        """Runs a function; returns its payload and whether it failed."""
        ...

    def start_execution(self, run: Callable[[], None]) -> None:
        """Takes a state machine's execution, to run it when the stack drains."""
        ...

    def unprocessed(self, requests: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Splits a batch request into what is done now and what comes back as unprocessed."""
        ...


_hooks: list[Hooks] = []


def attach(hooks: Hooks) -> None:
    """Makes `hooks` the stack that moto talks to, and corrects moto the first time."""
    if not _hooks:
        dynamodb = (_dynamodb_atomic, _dynamodb_limits, _dynamodb_tokens, _dynamodb_batches, _dynamodb_speed)
        for correct in (*dynamodb, _s3, _sqs, _lambda, _step_functions):
            correct()
    _hooks[:] = [hooks]


def _replace(owner: object, name: str, value: object) -> None:
    setattr(owner, name, value)


def _wrap(owner: type, name: str, wrapper: Callable[..., Any]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return wrapper(functools.partial(original, self), self, *args, **kwargs)

    setattr(owner, name, wrapped)


def _locked(owner: type, name: str) -> None:
    lock = threading.RLock()

    def one_at_a_time(original: Callable[..., Any], _self: Any, *args: Any, **kwargs: Any) -> Any:
        with lock:
            return original(*args, **kwargs)

    _wrap(owner, name, one_at_a_time)


def _dynamodb_atomic() -> None:
    """Threads lose updates and two of them win `attribute_not_exists`; and a transaction copies its tables once an item."""
    _locked(DynamoHandler, "call_action")

    def keep_tables(node: Any, *args: Any) -> Any:
        return node if isinstance(node, Table) else copy.deepcopy(node, *args)

    _replace(dynamodb_models, "copy", types.SimpleNamespace(deepcopy=keep_tables, copy=copy.copy))

    def all_or_nothing(original: Callable[..., Any], backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        before = [_remember(backend, entry) for entry in transact_items]
        try:
            original(transact_items)
        except BaseException:
            for restore in reversed(before):
                restore()
            raise

    _wrap(DynamoDBBackend, "transact_write_items", all_or_nothing)


def _remember(backend: DynamoDBBackend, entry: dict[str, Any]) -> Callable[[], None]:
    """A closure that puts one item of a transaction back as it is now."""
    ((_, operation),) = entry.items()
    table = backend.tables.get(operation.get("TableName", ""))
    key = operation.get("Item") or operation.get("Key") or {}
    if table is None or table.hash_key_attr not in key or table.range_key_attr not in key:
        return lambda: None  # moto refuses it before it writes
    partition, sort = DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])
    old = copy.deepcopy(table.items[partition].get(sort)) if partition in table.items else None

    def restore() -> None:
        if old is not None:
            table.items[partition][sort] = old
        elif partition in table.items:
            table.items[partition].pop(sort, None)

    return restore


def _dynamodb_limits() -> None:
    """moto takes transactions over 4 MB, batches over 25, items over 400 KB, 39 digits, and adds with 28."""
    # Its own size check counts base64 for bytes, at a cost that grows with the square of the attributes.
    _replace(LimitedSizeDict, "__setitem__", dict.__setitem__)

    def put(original: Callable[..., Any], _backend: Any, table_name: str, item: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        limits.check_item(item)
        return original(table_name, item, *args, **kwargs)

    def update(original: Callable[..., Any], backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kw: Any) -> Any:
        restore = _remember(backend, {"Update": {"TableName": table_name, "Key": key}})
        try:
            item = original(table_name, key, *args, **kw)
            limits.check_item(item.to_json()["Attributes"])
        except BaseException:
            restore()
            raise
        return item

    def exact(original: Callable[..., Any], _handler: DynamoHandler) -> Any:
        with decimal.localcontext(limits.ARITHMETIC):
            try:
                return original()
            except decimal.DecimalException as error:
                raise MockValidationException("Number overflow. Attempting to store a number with more than 38 digits") from error

    def transact(original: Callable[..., Any], handler: DynamoHandler) -> Any:
        limits.check_transaction(handler.body["TransactItems"])
        return original()

    _wrap(DynamoDBBackend, "put_item", put)
    _wrap(DynamoDBBackend, "update_item", update)
    for operation in ("put_item", "update_item"):
        _wrap(DynamoHandler, operation, exact)
    _wrap(DynamoHandler, "transact_write_items", lambda original, handler: exact(lambda: transact(original, handler), handler))


def _dynamodb_tokens() -> None:
    """moto ignores ClientRequestToken; the service answers a repeated transaction with success, for ten minutes."""

    def once(original: Callable[..., Any], handler: DynamoHandler) -> Any:
        token = handler.body.get("ClientRequestToken")
        if not token:
            return original()
        kept: dict[str, tuple[float, str, Any]] = handler.dynamodb_backend.__dict__.setdefault("request_tokens", {})
        request = json.dumps(handler.body["TransactItems"], sort_keys=True, default=str)
        until, first, answer = kept.get(token, (0.0, "", None))
        if until > _hooks[0].epoch():
            if first != request:
                raise DynamodbException("IdempotentParameterMismatchException", "Request token reused with different parameters")
            return answer
        answer = original()
        kept[token] = (_hooks[0].epoch() + 600, request, answer)
        return answer

    _wrap(DynamoHandler, "transact_write_items", once)


def _dynamodb_batches() -> None:
    """moto never returns unprocessed items; tests ask for them."""

    def write(original: Callable[..., Any], handler: DynamoHandler) -> Any:
        limits.check_batch_write(handler.body["RequestItems"])
        handler.body["RequestItems"], left = _hooks[0].unprocessed(handler.body["RequestItems"])
        answer = original()
        answer.result["UnprocessedItems"] = left
        return answer

    def get(original: Callable[..., Any], handler: DynamoHandler) -> Any:
        flat = {
            table: [{"Keys": [key], **{k: v for k, v in group.items() if k != "Keys"}} for key in group["Keys"]]
            for table, group in handler.body["RequestItems"].items()
        }
        now, left = _hooks[0].unprocessed(flat)
        if not left:
            return original()
        handler.body["RequestItems"] = {table: _join_keys(groups) for table, groups in now.items()}
        answer = original()
        answer.result["UnprocessedKeys"] = {table: _join_keys(groups) for table, groups in left.items()}
        return answer

    _wrap(DynamoHandler, "batch_write_item", write)
    _wrap(DynamoHandler, "batch_get_item", get)


def _join_keys(groups: list[dict[str, Any]]) -> dict[str, Any]:
    return {**groups[0], "Keys": [key for group in groups for key in group["Keys"]]}


def _dynamodb_speed() -> None:
    """moto walks ten members of every attribute value through alias pickers, 2 ms a returned item."""
    from moto.core.serialize import BaseJSONSerializer  # noqa: PLC0415 - beside its only use

    def value(serializer: Any, node: Any) -> dict[str, Any]:
        plain = node.to_json() if hasattr(node, "to_json") else node
        out: dict[str, Any] = {}
        for kind, content in plain.items():
            if kind == "M":
                out[kind] = {name: value(serializer, item) for name, item in content.items()}
            elif kind == "L":
                out[kind] = [value(serializer, item) for item in content]
            elif kind == "B":
                out[kind] = serializer._base64(content)
            elif kind == "BS":
                out[kind] = [serializer._base64(item) for item in content]
            elif content is not None:
                out[kind] = list(content) if isinstance(content, (set, tuple)) else content
        return out

    def items_directly(original: Callable[..., Any], serializer: Any, serialized: Any, node: Any, shape: Any, key: Any) -> None:
        if getattr(shape.value, "name", "") == "AttributeValue" and isinstance(node, dict):
            serializer._default_serialize(serialized, {name: value(serializer, item) for name, item in node.items()}, shape, key)
        else:
            original(serialized, node, shape, key)

    _wrap(BaseJSONSerializer, "_serialize_type_map", items_directly)


def _s3() -> None:
    """Two threads both win `If-None-Match: *`; and a policy that refuses plain HTTP refuses everything."""
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult  # noqa: PLC0415
    from moto.s3.responses import S3Response  # noqa: PLC0415

    def over_tls(original: Callable[..., Any], statement: Any, *args: Any, **kwargs: Any) -> Any:
        insecure = str(statement._statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")).lower() == "false"
        return PermissionResult.NEUTRAL if insecure else original(*args, **kwargs)

    _locked(S3Response, "key_response")
    _wrap(IAMPolicyStatement, "is_action_permitted", over_tls)


def _sqs() -> None:
    """Visibility, delays and deduplication run on the wall clock, and read it slowly; here they run on the stack's."""
    from moto.sqs import models  # noqa: PLC0415

    _replace(models, "unix_time_millis", lambda dt=None: (_hooks[0].epoch() if dt is None else dt.timestamp()) * 1000)
    _replace(models, "unix_time", lambda dt=None: _hooks[0].epoch() if dt is None else dt.timestamp())


def _lambda() -> None:
    """moto would run handlers in Docker. Every invocation, S3 notification and state machine task passes here."""
    from moto.awslambda.models import LambdaFunction  # noqa: PLC0415

    def invoke(self: Any, body: str | bytes, request_headers: Any, response_headers: Any) -> bytes:
        payload = body.encode() if isinstance(body, str) else body or b"{}"
        # Notifications come without headers; Invoke says whether its caller waits.
        asynchronous = b'"eventSource": "aws:s3"' in payload or request_headers.get("x-amz-invocation-type") == "Event"
        answer, failed = _hooks[0].invoke(self.function_arn, payload, wait_for_answer=not asynchronous)
        if failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return answer

    _replace(LambdaFunction, "invoke", invoke)


def _step_functions() -> None:
    """Executions run when the stack drains, items of a Map in order, and neither Wait nor Retry sleeps."""
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.max_concurrency import MaxConcurrencyDecl  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction  # noqa: PLC0415
    from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker  # noqa: PLC0415
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend  # noqa: PLC0415

    _replace(ExecutionWorker, "start", lambda self: _hooks[0].start_execution(self._execution_logic))
    _replace(MaxConcurrencyDecl, "_eval_body", lambda _self, env: env.stack.append(1))
    _replace(WaitFunction, "_wait_interval", lambda _self, env, wait_seconds: _hooks[0].wait(wait_seconds))  # noqa: ARG005

    def named(original: Callable[..., Any], _backend: Any, arn: str, name: str | None = None, *args: Any, **kwargs: Any) -> Any:
        return original(arn, name or str(uuid.uuid4()), *args, **kwargs)

    _wrap(StepFunctionsParserBackend, "start_execution", named)  # without a name it calls each of them "None"
    _replace(retrier_decl, "time", types.SimpleNamespace(sleep=lambda _seconds: None))
