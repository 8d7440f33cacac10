"""DynamoDB's expressions, over items in DynamoDB's JSON: conditions, updates of whole attributes, and the keys of a query.

An expression is read once; what it came to is kept.
"""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from local import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Wire = dict[str, Any]
TOKEN = re.compile(r"\s*([#:]?\w[\w.\-]*|<=|>=|<>|[=<>(),+\-])")
CONDITIONS_KEPT = 1_000


class Invalid(Exception):
    """An expression that DynamoDB would refuse, or that this stand-in does not know."""


class Given(NamedTuple):
    """What an expression speaks about: an item (empty where there is none), the names and the values of its placeholders."""

    item: Mapping[str, Wire]
    names: Mapping[str, str]
    values: Mapping[str, Wire]

    def value(self, token: str) -> Wire | None:
        """What an operand stands for: a placeholder's value, or the item's attribute of this name."""
        if token.startswith(":"):
            if token not in self.values:
                raise Invalid(f"An expression attribute value used in expression is not defined; attribute value: {token}")
            return self.values[token]
        return self.item.get(self.name(token))

    def name(self, token: str) -> str:
        """The attribute that an operand names."""
        if token.startswith("#"):
            if token not in self.names:
                raise Invalid(f"An expression attribute name used in the document path is not defined; attribute name: {token}")
            return self.names[token]
        return token


if TYPE_CHECKING:
    Truth = Callable[[Given], bool]


def tokens(expression: str) -> list[str]:
    """The words of an expression."""
    found, at = [], 0
    while at < len(expression.rstrip()):
        match = TOKEN.match(expression, at)
        if match is None:
            raise Invalid(f"Syntax error; token: {expression[at:]!r}")
        found.append(match[1])
        at = match.end()
    return found


# ------------------------------------------------------------ conditions


def plain(value: Wire) -> Any:
    """A value as Python compares it, numbers as decimals."""
    ((kind, content),) = value.items()
    if kind == "N":
        return Decimal(content)
    if kind == "L":
        return [plain(item) for item in content]
    return {name: plain(item) for name, item in content.items()} if kind == "M" else content


def _same(left: Wire | None, right: Wire | None) -> bool:
    if left is None or right is None:
        return False
    return left == right or (left.keys() == right.keys() and plain(left) == plain(right))


def _ordered(left: Wire | None, right: Wire | None, holds: Callable[[Any, Any], bool]) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return False
    return holds(plain(left), plain(right))


COMPARISONS: dict[str, Callable[[Wire | None, Wire | None], bool]] = {
    "=": _same,
    "<>": lambda left, right: left is not None and right is not None and not _same(left, right),
    "<": lambda left, right: _ordered(left, right, lambda a, b: bool(a < b)),
    "<=": lambda left, right: _ordered(left, right, lambda a, b: bool(a <= b)),
    ">": lambda left, right: _ordered(left, right, lambda a, b: bool(a > b)),
    ">=": lambda left, right: _ordered(left, right, lambda a, b: bool(a >= b)),
}
FUNCTIONS: dict[str, Callable[[Given, list[str]], bool]] = {
    "attribute_exists": lambda given, words: given.value(words[0]) is not None,
    "attribute_not_exists": lambda given, words: given.value(words[0]) is None,
    "begins_with": lambda given, words: str((given.value(words[0]) or {}).get("S", "\0")).startswith(given.values[words[1]]["S"]),
}


class _Reader:
    """Reads a condition from left to right: OR binds less than AND, AND less than NOT."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words, self._at = words, 0

    def condition(self) -> Truth:
        """The whole of it."""
        truth = self._any()
        if self._at < len(self._words):
            raise Invalid(f"Syntax error; token: {self._words[self._at]!r}")
        return truth

    def _next(self, wanted: str = "") -> str:
        if self._at >= len(self._words) or (wanted and self._words[self._at].upper() != wanted):
            raise Invalid(f"Syntax error; {wanted or 'more'} expected")
        self._at += 1
        return self._words[self._at - 1]

    def _is(self, word: str) -> bool:
        found = self._at < len(self._words) and self._words[self._at].upper() == word
        self._at += found
        return found

    def _any(self) -> Truth:
        parts = [self._all()]
        while self._is("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda given: any(part(given) for part in parts)

    def _all(self) -> Truth:
        parts = [self._one()]
        while self._is("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda given: all(part(given) for part in parts)

    def _one(self) -> Truth:
        if self._is("NOT"):
            inner = self._one()
            return lambda given: not inner(given)
        if self._is("("):
            inside = self._any()
            self._next(")")
            return inside
        word = self._next()
        if word in FUNCTIONS:
            return self._function(FUNCTIONS[word])
        return self._comparison(word)

    def _function(self, function: Callable[[Given, list[str]], bool]) -> Truth:
        self._next("(")
        words = [self._next()]
        while self._is(","):
            words.append(self._next())
        self._next(")")
        return lambda given: function(given, words)

    def _comparison(self, left: str) -> Truth:
        if self._is("BETWEEN"):
            low = self._next()
            self._next("AND")
            high, at_least, at_most = self._next(), COMPARISONS[">="], COMPARISONS["<="]
            return lambda given: at_least(given.value(left), given.value(low)) and at_most(given.value(left), given.value(high))
        sign, right = self._next(), self._next()
        if sign not in COMPARISONS:
            raise Invalid(f"Syntax error; token: {sign!r}")
        compare = COMPARISONS[sign]
        return lambda given: compare(given.value(left), given.value(right))


@lru_cache(maxsize=CONDITIONS_KEPT)
def condition(expression: str) -> Truth:
    """What a condition asks of an item."""
    return _Reader(tokens(expression)).condition()


# ------------------------------------------------------------ the keys of a query

KEY_CONDITION = re.compile(
    r"(?P<pk>#?\w+) = (?P<is>:\w+)"
    r"(?: AND (?:begins_with\((?P<begun>#?\w+), ?(?P<prefix>:\w+)\)"
    r"|(?P<between>#?\w+) BETWEEN (?P<low>:\w+) AND (?P<high>:\w+)"
    r"|(?P<compared>#?\w+) (?P<sign>>=|<=) (?P<bound>:\w+)))?\Z"
)
LAST = "\U0010ffff"


class Range(NamedTuple):
    """A partition key, and the sort keys from `low` to `high`, both included."""

    pk: str
    low: str = ""
    high: str = LAST
    prefix: str = ""


class _Bounds(NamedTuple):
    """The names of the values by which a key condition bounds a range; none where there is no such bound."""

    pk: str
    low: str | None
    high: str | None
    prefix: str | None


@lru_cache(maxsize=CONDITIONS_KEPT)
def _bounds(expression: str) -> _Bounds:
    match = KEY_CONDITION.match(expression.strip())
    if match is None:
        raise Invalid(f"a key condition that this stand-in does not know: {expression}")
    at_least, at_most = (match["bound"], None) if match["sign"] == ">=" else (None, match["bound"])
    return _Bounds(match["is"], match["prefix"] or match["low"] or at_least, match["high"] or at_most, match["prefix"])


def key_range(expression: str, values: Mapping[str, Wire]) -> Range:
    """What a query's key condition asks for: a whole partition, a prefix, or a range of sort keys."""
    pk, low, high, prefix = _bounds(expression)
    return Range(
        str(values[pk]["S"]),
        str(values[low]["S"]) if low else "",
        str(values[high]["S"]) if high else LAST,
        str(values[prefix]["S"]) if prefix else "",
    )


# ------------------------------------------------------------ updates

CLAUSE = re.compile(r"\b(SET|REMOVE|ADD)\b")


def updated(expression: str, given: Given) -> dict[str, Wire]:
    """The item after an update of whole attributes: SET (a value, or a sum), REMOVE, and ADD to a number."""
    item = dict(given.item)
    parts = CLAUSE.split(expression)
    if parts[0].strip() or len(parts) == 1:
        raise Invalid(f"an update that this stand-in does not know: {expression}")
    for clause, text in zip(parts[1::2], parts[2::2], strict=True):
        for action in text.split(","):
            _apply(item, clause, tokens(action), given)
    return item


def _apply(item: dict[str, Wire], clause: str, words: list[str], given: Given) -> None:
    name = given.name(words[0])
    match clause, words[1:]:
        case "REMOVE", []:
            item.pop(name, None)
        case "ADD", [added]:
            item[name] = _sum(given.value(words[0]) or {"N": "0"}, given.value(added), 1)
        case "SET", ["=", value]:
            item[name] = _there(given.value(value))
        case "SET", ["=", left, "+" | "-" as sign, right]:
            item[name] = _sum(given.value(left), given.value(right), 1 if sign == "+" else -1)
        case _:
            raise Invalid(f"an update that this stand-in does not know: {clause} {' '.join(words)}")


def _there(value: Wire | None) -> Wire:
    if value is None:
        raise Invalid("The provided expression refers to an attribute that does not exist in the item")
    return value


def _sum(left: Wire | None, right: Wire | None, sign: int) -> Wire:
    pair = [_there(left), _there(right)]
    if any("N" not in value for value in pair):
        raise Invalid("An operand in the update expression has an incorrect data type")
    with localcontext(limits.ARITHMETIC):
        try:
            return {"N": format(Decimal(pair[0]["N"]) + sign * Decimal(pair[1]["N"]), "f")}
        except DecimalException as error:
            raise Invalid("Number overflow. Attempting to store a number with more than 38 digits") from error
