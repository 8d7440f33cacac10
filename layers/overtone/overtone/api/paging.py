"""Query parameters of listings: how many, and which."""

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from overtone.api.descriptions import OneOf, QueryText, Spelling
from overtone.errors import Malformed, Rejected

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 1_000
PAGE_BYTES_MAX: Final = 5 * 1024 * 1024
"""Of the items of a page as Lambda passes them on, as a text within JSON; its answer may have 6 MB."""
CURSOR_LENGTH_MAX: Final = 1_024
"""Of a cursor, which is three quarters of that of a sort key: a few ids of at most 128. The key may have 1,024 bytes in all."""
PAGING: Final = {
    "limit": f"how many of a page, 1 to {PAGE_MAX}; {PAGE_DEFAULT} where it is left out",
    "cursor": "`next_cursor` of the page before",
}
"""What every list takes."""


class PageRequest(NamedTuple):
    """Which page of a list: behind which place, and how many."""

    after: str
    limit: int


def page_request(query: Mapping[str, str]) -> PageRequest:
    """The page that is asked for; raises `Rejected`, `Malformed`."""
    return PageRequest(cursor_of(query), limit_of(query, default=PAGE_DEFAULT, most=PAGE_MAX))


def page_of(places: Sequence[tuple[str, Any]], limit: int) -> dict[str, Any]:
    """The answer of a list: entries with their places, of which one beyond `limit` says that there are more."""
    return page_behind(places[:limit], places[limit - 1][0] if len(places) > limit else "")


def page_behind(places: Sequence[tuple[str, Any]], last: str) -> dict[str, Any]:
    """The answer of a list that goes on behind the place `last`, or behind the last of its entries for which there is room."""
    fit = _fitting([item for _, item in places])
    return page_up_to([item for _, item in places[:fit]], last if fit == len(places) else places[fit - 1][0])


def _fitting(items: Sequence[Any]) -> int:
    """How many of the items one answer has room for: nearly always all of them, and always one."""
    left = PAGE_BYTES_MAX
    for number, item in enumerate(items):
        left -= len(json.dumps(orjson.dumps(item).decode()))
        if left < 0 and number:
            return number
    return len(items)


def page_up_to(items: Sequence[Any], last: str) -> dict[str, Any]:
    """The answer of a list that goes on behind the place `last`, or "" where nothing follows."""
    return {"items": items, "next_cursor": cursor_after(last) if last else None}


def limit_of(query: Mapping[str, str], *, default: int, most: int) -> int:
    """`?limit=`; raises `Rejected`."""
    text = query.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise Rejected.at("limit", f"{text!r} is not a number from 1 to {most}")
    return int(text)


def wanted(query: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """The column filters among the parameters."""
    return {column: query[name] for name, column in columns.items() if name in query}


def known_words(query: Mapping[str, str], known: Mapping[str, QueryText]) -> None:
    """Raise `Rejected` for a word, a month or a currency that a parameter does not take: misspelt, it is a filter that nothing fits."""
    for name, said in known.items():
        if isinstance(said, OneOf) and name in query and query[name] not in said.values:
            raise Rejected.at(name, f"{query[name]!r} is none of the words that are taken here; use one of {', '.join(said.values)}")
        if isinstance(said, Spelling) and name in query:
            try:
                said.check(query[name])
            except Rejected as error:
                raise Rejected.at(name, str(error)) from error


def known_only(query: Mapping[str, str], known: Collection[str]) -> None:
    """Raise `Malformed` for a parameter that the route does not know: misspelt, it would be a filter that filters nothing."""
    if unknown := sorted(query.keys() - set(known)):
        names = f"known are {', '.join(sorted(known))}" if known else "none is known"
        raise Malformed(f"{unknown[0]!r} is no parameter here; {names}")


def cursor_after(last: str) -> str:
    """An opaque cursor that goes on behind this key."""
    return urlsafe_b64encode(last.encode()).decode().rstrip("=")


def cursor_of(query: Mapping[str, str]) -> str:
    """The key behind which `?cursor=` goes on, or ""; raises `Malformed`."""
    text = query.get("cursor", "")
    if len(text) > CURSOR_LENGTH_MAX:
        raise Malformed.at("cursor", f"send the next_cursor of the page before as it was; one has at most {CURSOR_LENGTH_MAX} characters")
    try:
        return b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
    except (ValueError, UnicodeDecodeError) as error:
        raise Malformed.at("cursor", "send the next_cursor of the page before as it was") from error
