"""Query parameters of listings: how many, and which."""

from collections.abc import Mapping

from overtone.errors import Fault, Rejected


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
