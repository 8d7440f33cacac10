"""For whom an attribution provider sent reports: hints, each written before the report; who reads looks into the licensee's list."""

from collections.abc import Iterator
from typing import Any, Final

from overtone.aws import index_keys, tables
from overtone.facts.intake import ATTRIBUTION
from overtone.stores import facts

_AT_ONCE: Final = 200


def note(sender: str, licensee: str) -> None:
    """The provider is about to send a report for the licensee."""
    tables.usage().put(index_keys.sent_for(sender, licensee)._asdict())


def may_have_sent(sender: str, licensee: str) -> bool:
    """Whether the provider sent, or was about to send, a report for the licensee."""
    return tables.usage().get(index_keys.sent_for(sender, licensee)) is not None


def licensees_of(sender: str) -> list[str]:
    """Those for which it may have sent something, by id: as many as named it their provider."""
    return [str(item["sk"]) for item in tables.usage().query(index_keys.sent_for(sender, "").pk)]


def sent(sender: str, licensee: str, after: str, most: int) -> list[tuple[str, dict[str, Any]]]:
    """Receipts of the licensee's reports that the provider sent, the latest first, behind the place `after`; each with its place."""
    found: list[tuple[str, dict[str, Any]]] = []
    for entry in _all(licensee, after):
        if len(found) == most:
            break
        if entry[1].get("sender") == sender:
            found.append(entry)
    return found


def _all(licensee: str, after: str) -> Iterator[tuple[str, dict[str, Any]]]:
    while entries := facts.received(ATTRIBUTION, licensee, after, _AT_ONCE):
        yield from entries
        after = entries[-1][0]
