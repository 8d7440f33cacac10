"""What moto 5.2.5 gets wrong about DynamoDB, or does slowly. See moto_patches for the other services."""

from __future__ import annotations

import copy
import decimal
import json
import types
from typing import TYPE_CHECKING, Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb import models as dynamodb_models
from moto.dynamodb.exceptions import DynamodbException, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from local import limits
from local.replacing import locked, replace, wrap
from local.streams import TableStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.cloud import Hooks


def correct(hooks: Callable[[], Hooks]) -> None:
    """Applies every correction; `hooks` says which stack runs now."""
    _atomic()
    _limits()
    _tokens(hooks)
    _batches(hooks)
    _speed()


def _atomic() -> None:
    """Threads lose updates and two of them win `attribute_not_exists`; and a transaction copies its tables once an item."""
    locked(DynamoHandler, "call_action")

    def keep_tables(node: Any, *args: Any) -> Any:
        return node if isinstance(node, Table) else copy.deepcopy(node, *args)

    replace(dynamodb_models, "copy", types.SimpleNamespace(deepcopy=keep_tables, copy=copy.copy))

    def all_or_nothing(original: Callable[..., Any], backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        before = [_remember(backend, entry) for entry in transact_items]
        try:
            original(transact_items)
        except BaseException:
            for restore in reversed(before):
                restore()
            raise

    wrap(DynamoDBBackend, "transact_write_items", all_or_nothing)


def _remember(backend: DynamoDBBackend, entry: dict[str, Any]) -> Callable[[], None]:
    """A closure that puts one item of a transaction back as it is now."""
    ((_, operation),) = entry.items()
    table = backend.tables.get(operation.get("TableName", ""))
    key = operation.get("Item") or operation.get("Key") or {}
    if table is None or table.hash_key_attr not in key or table.range_key_attr not in key:
        return lambda: None  # moto refuses it before it writes
    partition, sort = DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])
    old = copy.deepcopy(table.items[partition].get(sort)) if partition in table.items else None
    stream: object = table.stream_shard
    told = stream.inserted if isinstance(stream, TableStream) else list[tuple[str, str]]()
    before = len(told)

    def restore() -> None:
        del told[before:]
        if old is not None:
            table.items[partition][sort] = old
        elif partition in table.items:
            table.items[partition].pop(sort, None)

    return restore


def _refuse(check: Callable[[Any], object], what: Any) -> None:
    """Answers what is over a limit as moto answers what it refuses itself."""
    try:
        check(what)
    except limits.Refused as refused:
        raise MockValidationException(str(refused)) from refused


def _limits() -> None:
    """moto takes transactions over 4 MB, batches over 25, items over 400 KB, 39 digits, and adds with 28."""
    # Its own size check counts base64 for bytes, at a cost that grows with the square of the attributes.
    replace(LimitedSizeDict, "__setitem__", dict.__setitem__)

    def put(original: Callable[..., Any], _backend: Any, table_name: str, item: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        _refuse(limits.check_item, item)
        return original(table_name, item, *args, **kwargs)

    def update(original: Callable[..., Any], backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kw: Any) -> Any:
        restore = _remember(backend, {"Update": {"TableName": table_name, "Key": key}})
        try:
            item = original(table_name, key, *args, **kw)
            _refuse(limits.check_item, item.to_json()["Attributes"])
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
        _refuse(limits.check_transaction, handler.body["TransactItems"])
        return original()

    wrap(DynamoDBBackend, "put_item", put)
    wrap(DynamoDBBackend, "update_item", update)
    for operation in ("put_item", "update_item"):
        wrap(DynamoHandler, operation, exact)
    wrap(DynamoHandler, "transact_write_items", lambda original, handler: exact(lambda: transact(original, handler), handler))


def _tokens(hooks: Callable[[], Hooks]) -> None:
    """moto ignores ClientRequestToken; the service answers a repeated transaction with success, for ten minutes."""

    def once(original: Callable[..., Any], handler: DynamoHandler) -> Any:
        token = handler.body.get("ClientRequestToken")
        if not token:
            return original()
        kept: dict[str, tuple[float, str, Any]] = handler.dynamodb_backend.__dict__.setdefault("request_tokens", {})
        request = json.dumps(handler.body["TransactItems"], sort_keys=True, default=str)
        until, first, answer = kept.get(token, (0.0, "", None))
        if until > hooks().epoch():
            if first != request:
                raise DynamodbException("IdempotentParameterMismatchException", "Request token reused with different parameters")
            return answer
        answer = original()
        kept[token] = (hooks().epoch() + 600, request, answer)
        return answer

    wrap(DynamoHandler, "transact_write_items", once)


def _batches(hooks: Callable[[], Hooks]) -> None:
    """moto never returns unprocessed items; tests ask for them."""

    def write(original: Callable[..., Any], handler: DynamoHandler) -> Any:
        _refuse(limits.check_batch_write, handler.body["RequestItems"])
        handler.body["RequestItems"], left = hooks().unprocessed(handler.body["RequestItems"])
        answer = original()
        answer.result["UnprocessedItems"] = left
        return answer

    def get(original: Callable[..., Any], handler: DynamoHandler) -> Any:
        flat = {
            table: [{"Keys": [key], **{k: v for k, v in group.items() if k != "Keys"}} for key in group["Keys"]]
            for table, group in handler.body["RequestItems"].items()
        }
        now, left = hooks().unprocessed(flat)
        if not left:
            return original()
        handler.body["RequestItems"] = {table: _join_keys(groups) for table, groups in now.items()}
        answer = original()
        answer.result["UnprocessedKeys"] = {table: _join_keys(groups) for table, groups in left.items()}
        return answer

    wrap(DynamoHandler, "batch_write_item", write)
    wrap(DynamoHandler, "batch_get_item", get)


def _join_keys(groups: list[dict[str, Any]]) -> dict[str, Any]:
    return {**groups[0], "Keys": [key for group in groups for key in group["Keys"]]}


def _speed() -> None:
    """moto walks ten members of every attribute value through alias pickers, and sorts a table for each query."""
    _narrow_queries()

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

    wrap(BaseJSONSerializer, "_serialize_type_map", items_directly)


def _narrow_queries() -> None:
    """A query sorts all items of the table and then drops those of other partitions; on a large table that is 20 ms each."""
    asked: dict[int, DynamoType] = {}

    def query(original: Callable[..., Any], table: Table, hash_key: DynamoType, *args: Any, **kwargs: Any) -> Any:
        if table.all_indexes():
            return original(hash_key, *args, **kwargs)
        asked[id(table)] = hash_key
        try:
            return original(hash_key, *args, **kwargs)
        finally:
            del asked[id(table)]

    def all_items(original: Callable[..., Any], table: Table) -> Any:
        if id(table) not in asked:
            return original()
        return list(table.items.get(asked[id(table)], {}).values())

    wrap(Table, "query", query)
    wrap(Table, "all_items", all_items)
