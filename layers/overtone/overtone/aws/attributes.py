"""DynamoDB's typed attributes to and from plain values, and what they weigh.

Only what the tables hold: text, bytes, integers of at most 38 digits, booleans, null, lists and maps. A float is refused.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from overtone.errors import InvariantBroken

Item: TypeAlias = dict[str, Any]
"""An item: attribute names to plain values; `pk` and `sk` are text."""
Wire: TypeAlias = dict[str, Any]
"""An item or value as DynamoDB's low-level API takes it."""

NUMBER_DIGITS_MAX: Final = 38
ITEM_BYTES_MAX: Final = 400 * 1024


def _encode_value(value: object) -> Wire:  # noqa: PLR0911 - one return a type
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        if len(str(abs(value))) > NUMBER_DIGITS_MAX:
            raise InvariantBroken("conserved", f"{value} has more digits than a DynamoDB number keeps; store it as text")
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, Mapping):
        return {"M": encode(value)}
    if isinstance(value, list | tuple):
        return {"L": [_encode_value(part) for part in value]}
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def encode(item: Mapping[str, object]) -> Wire:
    """An item for the wire; raises `TypeError` for what cannot be stored exactly."""
    return {name: {"S": value} if type(value) is str else _encode_value(value) for name, value in item.items()}


def _decode_value(wire: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever was stored
    ((kind, value),) = wire.items()
    if kind == "N":
        return int(value)
    if kind == "M":
        return decode(value)
    if kind == "L":
        return [_decode_value(part) for part in value]
    return None if kind == "NULL" else value


def decode(wire: Mapping[str, Any]) -> Item:
    """The plain values of an item from the wire."""
    return {name: value["S"] if "S" in value else int(value["N"]) if "N" in value else _decode_value(value) for name, value in wire.items()}


def _value_bytes(value: object) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, int):
        return len(str(value)) // 2 + 2
    if isinstance(value, Mapping):
        return 3 + item_bytes(value) + len(value)
    if isinstance(value, list | tuple):
        return 3 + sum(1 + _value_bytes(part) for part in value)
    return 1


def item_bytes(item: Mapping[str, object]) -> int:
    """What DynamoDB charges an item for, from above: names and values, 3 bytes a container."""
    size = 0
    for name, value in item.items():
        size += len(name) if name.isascii() else len(name.encode())
        size += len(value) if type(value) is str and value.isascii() else _value_bytes(value)
    return size
