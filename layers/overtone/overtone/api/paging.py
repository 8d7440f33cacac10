"""Query parameters of listings: how many, and which."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping

from overtone.errors import Fault, Malformed, Rejected


def limit_of(query: Mapping[str, str], *, default: int, most: int) -> int:
    """`?limit=`; raises `Rejected`."""
    text = query.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        message = f"{text!r} is not a number from 1 to {most}"
        raise Rejected(f"limit: {message}", [Fault(message, field="limit")])
    return int(text)


def wanted(query: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """The column filters among the parameters."""
    return {column: query[name] for name, column in columns.items() if name in query}


def known_only(query: Mapping[str, str], known: Collection[str]) -> None:
    """Raise `Malformed` for a parameter that the route does not know: misspelt, it would be a filter that filters nothing."""
    if unknown := sorted(query.keys() - set(known)):
        raise Malformed(f"{unknown[0]!r} is no parameter here; known are {', '.join(sorted(known))}")


def cursor_after(last: str) -> str:
    """An opaque cursor that goes on behind this key."""
    return urlsafe_b64encode(last.encode()).decode().rstrip("=")


def cursor_of(query: Mapping[str, str]) -> str:
    """The key behind which `?cursor=` goes on, or ""; raises `Malformed`."""
    text = query.get("cursor", "")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (ValueError, UnicodeDecodeError) as error:
        raise Malformed("cursor: send the next_cursor of the page before as it was") from error
