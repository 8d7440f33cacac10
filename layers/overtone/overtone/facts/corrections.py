"""What a usage record may say beside its columns: its service, that it bears no royalty, where a record stood that it corrects.

A correction of the day or the subject moves a record to another identity. It voids the old one in the same transaction: a row of quantity
0 with the correction's revision, at the place that `replaces` names.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from overtone import identifiers
from overtone.errors import Rejected
from overtone.facts.pairs import is_absent
from overtone.facts.usage import Parse, Records
from overtone.facts.usage_kinds import StoredUse

ROYALTY_BEARING: Final = "royalty_bearing"
REPLACES: Final = "replaces"
SERVICE: Final = "service"
EXTRAS: Final = (ROYALTY_BEARING, REPLACES, SERVICE)
"""Fields that few records have. They make no column of a page: `replaces` becomes a void, the others become part of the use."""
TABLE_EXTRAS: Final = (ROYALTY_BEARING, "replaces_used_on", "replaces_subject", SERVICE)
_PLACE: Final = ("used_on", "subject")
_YES: Final = frozenset({"true", "1", "yes", "y"})
_NO: Final = frozenset({"false", "0", "no", "n"})


def from_table(columns: Mapping[str, Sequence[Any]], count: int) -> dict[str, Sequence[Any]]:
    """The extras of a table, whose columns are texts."""
    bearing = [_flag(text) for text in columns[ROYALTY_BEARING]] if ROYALTY_BEARING in columns else [None] * count
    days, subjects = (columns.get(f"{REPLACES}_{name}", [""] * count) for name in _PLACE)
    places = [{name: text for name, text in zip(_PLACE, pair, strict=True) if text} or None for pair in zip(days, subjects, strict=True)]
    services = [text or None for text in columns[SERVICE]] if SERVICE in columns else [None] * count
    return {ROYALTY_BEARING: bearing, REPLACES: places, SERVICE: services}


def _flag(text: str) -> bool | str | None:
    word = text.strip().casefold()
    return True if word in _YES else False if word in _NO else text or None


def wrong_rows(columns: Mapping[str, Sequence[Any]], wrong: set[int], parsers: Mapping[str, Parse]) -> set[int]:
    """Rows whose extras are at fault, among those that are not wrong already; each distinct service is tried once."""
    if all(is_absent(columns[name]) for name in EXTRAS):
        return set()
    rare = {row for name in (ROYALTY_BEARING, REPLACES) for row, value in enumerate(columns[name]) if value is not None}
    services = {value for value in columns[SERVICE] if type(value) is str}
    sound = {None, *(name for name in services if not _service_fault(name))}
    named = {row for row, value in enumerate(columns[SERVICE]) if value is not None and (type(value) is not str or value not in sound)}
    names = ("revision", *_PLACE, *EXTRAS)
    asked = (rare | named) - wrong
    return {row for row in asked if any(True for _ in faults({name: columns[name][row] for name in names}, parsers))}


def _service_fault(service: object) -> str:
    """What is wrong with the name of a service; nothing where it is good."""
    try:
        identifiers.slug(service)
    except Rejected as error:
        return error.detail
    return ""


def faults(record: Mapping[str, Any], parsers: Mapping[str, Parse]) -> Iterable[tuple[str, str]]:
    """What is wrong with the extras of a record whose columns are good: the field to mend, and how."""
    bearing, place, service = record[ROYALTY_BEARING], record[REPLACES], record[SERVICE]
    if bearing is not None and not isinstance(bearing, bool):
        yield ROYALTY_BEARING, f"{bearing!r:.80} is no flag; send true or false"
    if service is not None and (fault := _service_fault(service)):
        yield SERVICE, fault
    if place is None:
        return
    if not isinstance(place, dict) or not place or not set(place) <= set(_PLACE):
        yield REPLACES, f"{place!r:.80} names no place; send where the record stood as used_on, subject or both"
        return
    for name, value in place.items():
        try:
            parsers[name](value)
        except Rejected as error:
            yield f"{REPLACES}.{name}", error.detail
            return
    if not record["revision"]:
        yield "revision", "a record that replaces another has a higher revision than that one; send 1 or more"
    elif all(parsers[name](record[name]) == parsers[name](value) for name, value in place.items()):
        yield REPLACES, "the record stands there already; leave the field out"


def stored_uses(columns: Mapping[str, Sequence[Any]]) -> Sequence[Any]:
    """The column of uses, with what the extras add to them."""
    bearing, service = columns[ROYALTY_BEARING], columns[SERVICE]
    if not any(service) and False not in bearing:
        return columns["use"]
    said = zip(columns["use"], service, bearing, strict=True)
    return [str(StoredUse(use, name or "", bears is not False)) if name or bears is False else use for use, name, bears in said]


def voids(columns: Mapping[str, Sequence[Any]], wrong: set[int], parsers: Mapping[str, Parse]) -> Records | None:
    """A void for each good row that replaces one, at the place where that one stood; `None` where none does."""
    rows = [row for row, place in enumerate(columns[REPLACES]) if place is not None and row not in wrong]
    return voided(columns, [(row, columns[REPLACES][row]) for row in rows], parsers) if rows else None


def voided(columns: Mapping[str, Sequence[Any]], moved: Sequence[tuple[int, Mapping[str, str]]], parsers: Mapping[str, Parse]) -> Records:
    """The voids of rows that stood elsewhere."""
    taken: dict[str, list[Any]] = {name: [] for name in Records._fields}
    for row, place in moved:
        for name in Records._fields:
            value = place.get(name, columns[name][row])
            taken[name].append(parsers[name](value) if name in _PLACE else value)
        taken["quantity"][-1], taken["revenue"][-1], taken["currency"][-1] = 0, "", ""
    return Records(**taken)
