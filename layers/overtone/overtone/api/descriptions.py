"""How an operation's bodies and answers are described, beside its route: a schema with a text, a page of items, two types in one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from overtone import fields


class OneOf(NamedTuple):
    """A parameter of a query that takes one of some words alone; `text` says of what."""

    values: tuple[str, ...]
    text: str = ""

    def __str__(self) -> str:
        words = ", ".join(self.values)
        return f"{self.text}: {words}" if self.text else words


class Spelling(NamedTuple):
    """A parameter of a query that is written in one way: `check` raises `Rejected` for what is none, `pattern` is a regular expression."""

    check: Callable[[str], object]
    pattern: str
    text: str

    def __str__(self) -> str:
        return self.text


QueryText = str | OneOf | Spelling
"""What the document says of a parameter."""


def a_month(text: str) -> Spelling:
    """A parameter that is a month."""
    return Spelling(fields.month, fields.MONTH_PATTERN, text)


def a_currency(text: str) -> Spelling:
    """A parameter that is a currency's code."""
    return Spelling(fields.currency, fields.CURRENCY_PATTERN, text)


_SPELT: Final = {
    "month": a_month("only this usage month, YYYY-MM"),
    "currency": a_currency("only this currency, by its code of ISO 4217"),
}


def only(columns: Mapping[str, str], **words: tuple[str, ...]) -> dict[str, QueryText]:
    """The filters of a list by the columns that they compare; of columns with a few words alone, the words."""
    said: dict[str, QueryText] = {name: f"only this {column}" for name, column in columns.items()}
    return {name: OneOf(words[name]) if name in words else _SPELT.get(name, text) for name, text in said.items()}


@dataclass(frozen=True, slots=True)
class PageOf:
    """One page of a list: `{items, next_cursor}`."""

    item: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """An object with the properties of several types; those of the first that are not `always` there may be left out."""

    name: str
    parts: tuple[Any, ...]
    always: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """What an answer means, its JSON, and the forms in which it comes besides (or instead, without a `schema`).

    `schema` is a type, a JSON schema, a `PageOf` or a `Merged`; `headers` maps a header to what it says.
    """

    text: str
    schema: Any = None
    media_types: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


REPLAYED: Final = {"Idempotency-Replayed": "true: the same was sent before, and this is its first answer"}
LOCATION: Final = {"Location": "Where it can be read, for five minutes, without a token"}


def link(text: str) -> ReplyForm:
    """An answer that says where to read something."""
    return ReplyForm(text, headers=LOCATION)


def listed(text: str, item: object) -> dict[int, ReplyForm]:
    """The replies of a list."""
    return {200: ReplyForm(text, PageOf(item))}


def taken(text: str, schema: object, again: str = "The same was sent before: its first answer") -> dict[int, ReplyForm]:
    """The replies of something that is taken in once, under an id of the caller's."""
    return {201: ReplyForm(text, schema), 200: ReplyForm(again, schema, headers=REPLAYED)}


def file(text: str, *media_types: str, **headers: str) -> dict[int, ReplyForm]:
    """The replies of a file."""
    return {200: ReplyForm(text, None, media_types, {name.replace("_", "-"): said for name, said in headers.items()})}


TEXT: Final[Mapping[str, Any]] = {"type": "string"}
