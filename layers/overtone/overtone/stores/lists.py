"""Lists of what is registered, in order of id, and works found by the words of their titles."""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby, islice, product
from typing import Final, NamedTuple

from overtone.aws import index_keys, tables
from overtone.rights import titles
from overtone.rights.registry import Work
from overtone.rights.versions import Entity
from overtone.stores import registry

SCANNED_MAX: Final = 2_000
"""Works that are looked at for one page of a search; a page may hold fewer than were asked for, and its cursor goes on."""
_READ: Final = 100
_BEHIND: Final = " "
"""Sorts before every character of an id: behind an id, and before all that only begin with it."""


class SearchPage(NamedTuple):
    """One page of a search, and the id to go on behind ("": there is no more)."""

    works: list[Entity[Work]]
    after: str


def ids(kind: str, after: str, limit: int) -> list[str]:
    """The ids of all parties or works behind `after`."""
    return list(islice(_merged((index_keys.list_pk(kind, slot) for slot in range(index_keys.LIST_SLOTS)), after), limit))


def titled(title: str, after: str, limit: int) -> SearchPage:
    """Works whose title holds all the words, behind `after`."""
    wanted = titles.words(title)
    if not wanted:
        return SearchPage([], "")
    kept = product(titles.kept_as(title), range(index_keys.TITLE_SLOTS))
    candidates = (name for name, _ in groupby(_merged((index_keys.title_pk(*place) for place in kept), after)))
    found: list[Entity[Work]] = []
    scanned = 0
    while part := list(islice(candidates, _READ)):
        works = registry.works(part)
        for name in part:
            scanned, after = scanned + 1, name
            if name in works and set(wanted) <= set(titles.words(works[name].latest.content.title)):
                found.append(works[name])
            if len(found) == limit or scanned == SCANNED_MAX:
                return SearchPage(found, after)
    return SearchPage(found, "")


def _merged(pks: Iterable[str], after: str) -> Iterator[str]:
    first = after + _BEHIND if after else ""
    return merge(*((item["sk"] for item in tables.registry().query(pk, first=first)) for pk in pks))
