"""What DynamoDB refuses, whichever stand-in runs: sizes, counts and numbers. Our own code must stay below all of them.

Sizes follow the DynamoDB developer guide, "DynamoDB item sizes and formats".
"""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ITEM_BYTES_MAX = 400 * 1024
TRANSACTION_ITEMS_MAX = 100
TRANSACTION_BYTES_MAX = 4 * 1024 * 1024
BATCH_WRITE_ITEMS_MAX = 25
BATCH_WRITE_BYTES_MAX = 16 * 1024 * 1024
NUMBER_DIGITS_MAX = 38

WIDE = decimal.Context(prec=200)
# Arithmetic in update expressions: DynamoDB keeps 38 digits and refuses what does not fit.
ARITHMETIC = decimal.Context(prec=NUMBER_DIGITS_MAX, traps=[decimal.InvalidOperation, decimal.Overflow, decimal.Inexact])


class Refused(Exception):
    """What DynamoDB would answer a `ValidationException` to."""


def check_item(item: Mapping[str, Any]) -> int:
    """Refuses an item, in DynamoDB's JSON, over 400 KB or with a number over 38 digits; its size."""
    size = item_bytes(item)
    if size > ITEM_BYTES_MAX:
        raise Refused("Item size has exceeded the maximum allowed size")
    check_numbers(item)
    return size


def check_numbers(values: Mapping[str, Any]) -> None:
    """Refuses attribute values with more significant digits than DynamoDB keeps."""
    for number in _numbers(values):
        if number.isdigit() and len(number) <= NUMBER_DIGITS_MAX:
            continue
        if len(decimal.Decimal(number).normalize(WIDE).as_tuple().digits) > NUMBER_DIGITS_MAX:
            raise Refused("Attempting to store more than 38 significant digits in a Number")


def check_transaction(transact_items: list[dict[str, Any]]) -> None:
    """Refuses a transaction of more than 100 items or 4 MB."""
    if len(transact_items) > TRANSACTION_ITEMS_MAX:
        raise Refused(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: "
            "Member must have length less than or equal to 100"
        )
    size = 0
    for entry in transact_items:
        ((_, operation),) = entry.items()
        size += item_bytes(operation.get("Item") or operation["Key"]) + item_bytes(operation.get("ExpressionAttributeValues") or {})
        check_numbers(operation.get("ExpressionAttributeValues") or {})
    if size > TRANSACTION_BYTES_MAX:
        raise Refused("Transaction request exceeds the 4 MB limit on the aggregate size of its items")


def check_batch_write(request_items: Mapping[str, list[dict[str, Any]]]) -> None:
    """Refuses a batch of more than 25 requests or 16 MB."""
    requests = [request for group in request_items.values() for request in group]
    if not 1 <= len(requests) <= BATCH_WRITE_ITEMS_MAX:
        raise Refused(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: "
            "Map value must satisfy constraint: [Member must have length less than or equal to 25, "
            "Member must have length greater than or equal to 1]"
        )
    places = [(table, str(_place(request))) for table, group in request_items.items() for request in group]
    if len(set(places)) < len(places):
        raise Refused("Provided list of item keys contains duplicates")
    if sum(item_bytes(request["PutRequest"]["Item"]) for request in requests if "PutRequest" in request) > BATCH_WRITE_BYTES_MAX:
        raise Refused("Batch request exceeds the 16 MB limit")


def _place(request: Mapping[str, Any]) -> list[Any]:
    """The key of an item that a batch writes or deletes."""
    ((_, inner),) = request.items()
    place = inner.get("Item") or inner["Key"]
    return [place.get(name) for name in ("pk", "sk")]


def item_bytes(item: Mapping[str, Any]) -> int:
    """The size of an item in DynamoDB's JSON: names and values."""
    size = 0
    for name, value in item.items():
        size += _text_bytes(name) + value_bytes(value)
    return size


def _text_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def value_bytes(value: Mapping[str, Any]) -> int:
    """The size of one attribute value, bytes."""
    text = value.get("S")
    if text is not None:
        return _text_bytes(text)
    ((kind, content),) = value.items()
    return SIZES[kind](content)


def _number_bytes(content: str) -> int:
    return (len(content.lstrip("-0.").replace(".", "")) + 1) // 2 + 1


def _binary_bytes(content: str | bytes) -> int:
    if isinstance(content, bytes):
        return len(content)
    return len(content) * 3 // 4 - content[-2:].count("=")  # base64, as on the wire


SIZES: dict[str, Callable[[Any], int]] = {
    "S": _text_bytes,
    "N": _number_bytes,
    "B": _binary_bytes,
    "BOOL": lambda _content: 1,
    "NULL": lambda _content: 1,
    "SS": lambda content: sum(len(text.encode()) for text in content),
    "NS": lambda content: sum(map(_number_bytes, content)),
    "BS": lambda content: sum(map(_binary_bytes, content)),
    "L": lambda content: 3 + sum(1 + value_bytes(item) for item in content),
    "M": lambda content: 3 + len(content) + item_bytes(content),
}


def _numbers(values: Mapping[str, Any]) -> Iterator[str]:
    for value in values.values():
        if "S" not in value:
            yield from _numbers_in(value)


def _numbers_in(value: Mapping[str, Any]) -> Iterator[str]:
    ((kind, content),) = value.items()
    if kind == "N":
        yield content
    elif kind == "NS":
        yield from content
    elif kind == "L":
        for item in content:
            yield from _numbers_in(item)
    elif kind == "M":
        yield from _numbers(content)
