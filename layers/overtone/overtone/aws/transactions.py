"""Several writes that are done together or not at all.

DynamoDB cancels a transaction that meets another one on any of its items, an item that is only checked included, and one whose key
is throttled. No SDK tries those again; here they wait their turn. A transaction that is tried again carries the same token, so that
one that was done although its answer got lost is answered, not done twice; where even that is past, what is stored decides.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from overtone.aws.attributes import Item, decode, encode, item_bytes
from overtone.aws.keys import Key
from overtone.aws.patience import Attempts, patiently, reasons_of
from overtone.aws.tables import Condition, ConditionFailed, Table, check_item_size, key_of, wire_key
from overtone.errors import TooLarge

TRANSACTION_ITEMS_MAX: Final = 100
TRANSACTION_BYTES_MAX: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Put:
    """Write an item whole."""

    table: Table
    item: Item
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an item."""

    table: Table
    key: Key
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing; the condition must hold."""

    table: Table
    key: Key
    condition: Condition


Write = Put | Delete | Check


def transact(writes: Sequence[Write]) -> None:
    """Do all writes or none, at most 100 items and 4 MB.

    Raises `ConditionFailed` naming the writes whose condition did not hold, `Retryable` where others were in
    the way for longer than patience lasts, `TooLarge` beyond the limits.
    """
    _check_size(writes)
    client, wire, attempts = writes[0].table.client, [_wire(write) for write in writes], Attempts()
    try:
        patiently(partial(client.transact_write_items, TransactItems=wire, ClientRequestToken=str(uuid.uuid4())), attempts)
    except client.exceptions.TransactionCanceledException as error:
        failed = _failed(error)
        if not failed:  # AWS found the request itself wrong
            raise
        if not attempts.doubtful or not _is_done(writes):
            raise ConditionFailed(failed) from error


def _check_size(writes: Sequence[Write]) -> None:
    if len(writes) > TRANSACTION_ITEMS_MAX:
        raise TooLarge(f"{len(writes)} items exceed the {TRANSACTION_ITEMS_MAX} of one transaction")
    sizes = [item_bytes(write.item) for write in writes if isinstance(write, Put)]
    for size in sizes:
        check_item_size(size)
    if (size := sum(sizes)) > TRANSACTION_BYTES_MAX:
        raise TooLarge(f"{size} packed bytes exceed the {TRANSACTION_BYTES_MAX} of one transaction")


def _wire(write: Write) -> Any:  # noqa: ANN401 - one of the client's typed dicts
    wire: dict[str, Any] = {"TableName": write.table.name}
    if write.condition is not None:
        wire |= write.condition.wire()
    if isinstance(write, Put):
        return {"Put": wire | {"Item": encode(write.item)}}
    kind = "Delete" if isinstance(write, Delete) else "ConditionCheck"
    return {kind: wire | {"Key": wire_key(write.key)}}


def _failed(error: ClientError) -> tuple[int, ...]:
    return tuple(place for place, reason in enumerate(reasons_of(error)) if reason == "ConditionalCheckFailed")


def _is_done(writes: Sequence[Write]) -> bool:
    """Whether everything stands as these writes would leave it."""
    return all(_stands(write) for write in writes)


def _stands(write: Write) -> bool:
    if isinstance(write, Put):
        return write.table.get(key_of(write.item)) == decode(encode(write.item))
    return isinstance(write, Check) or write.table.get(write.key) is None
