"""Lists that are kept party by party, as finance reads them that names nobody: everybody's, one party after the other in order of id."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from overtone.api.paging import PageRequest, page_behind
from overtone.stores import lists

PARTIES_LOOKED_AT_MAX: Final = 500
"""Parties that are asked for one page; where most of them have nothing a page may hold fewer than its limit, and its cursor goes on."""
_MARK: Final = " "
"""Between a party and a place in its list; no id has one. A party alone is one of which nothing more is listed."""
PartyList = Callable[[str, str, int], Sequence[tuple[str, Any]]]
"""So many entries of a party's list behind a place, each with its own place."""
PartyNames = Callable[[str, int], Sequence[str]]
"""So many parties behind one, in order of id."""


def _registered(after: str, most: int) -> Sequence[str]:
    return lists.ids("party", after, most)


def page_of_all(page: PageRequest, read: PartyList, names_behind: PartyNames = _registered) -> dict[str, Any]:
    """A page of the lists of all parties, or of those that are named; a party's list goes on where the page before ended."""
    party, begun, place = page.after.partition(_MARK)
    found = _entries(read, party, place, page.limit + 1) if begun else []
    names = names_behind(party, PARTIES_LOOKED_AT_MAX)
    last = names[-1] if len(names) == PARTIES_LOOKED_AT_MAX else ""
    for name in names:
        if len(found) > page.limit:
            break
        found += _entries(read, name, "", page.limit + 1 - len(found))
    more = len(found) > page.limit
    return page_behind(found[: page.limit], found[page.limit - 1][0] if more else last)


def _entries(read: PartyList, party: str, place: str, most: int) -> list[tuple[str, Any]]:
    return [(f"{party}{_MARK}{own}", entry) for own, entry in read(party, place, most)]
