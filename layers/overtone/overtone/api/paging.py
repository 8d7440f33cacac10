"""Query parameters of listings: how many, and which."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from overtone.errors import Malformed, Rejected

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 1_000
CURSOR_LENGTH_MAX: Final = 1_024
"""Of a cursor, which is three quarters of that of a sort key: a few ids of at most 128. The key may have 1,024 bytes in all."""
PAGING: Final = {
    "limit": f"how many of a page; {PAGE_DEFAULT} unless told, at most {PAGE_MAX}",
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
    return page_up_to([item for _, item in places[:limit]], places[limit - 1][0] if len(places) > limit else "")


def page_up_to(items: Sequence[Any], last: str) -> dict[str, Any]:
    """The answer of a list that goes on behind the place `last`, or "" where nothing follows."""
    return {"items": items, "next_cursor": cursor_after(last) if last else None}


def next_cursor(ids: Sequence[str], limit: int) -> str | None:
    """The cursor of a list of which one id beyond `limit` says that there are more; items may be fewer than ids."""
    return cursor_after(ids[limit - 1]) if len(ids) > limit else None


def limit_of(query: Mapping[str, str], *, default: int, most: int) -> int:
    """`?limit=`; raises `Rejected`."""
    text = query.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise Rejected.at("limit", f"{text!r} is not a number from 1 to {most}")
    return int(text)


def wanted(query: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """The column filters among the parameters."""
    return {column: query[name] for name, column in columns.items() if name in query}


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
