"""What the right shares of a BWARM feed come to: which of them say who is paid, by right and territory."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from overtone import fields, money, territories
from overtone.errors import Rejected
from overtone.formats.cwr.fields import Refusal
from overtone.formats.works.scopes import ScopeTable, stated
from overtone.money import NANO
from overtone.rights.shares import Right

SHARES: Final = "musicalworkrightshares.tsv"
COLLECTION: Final = "MusicalWorkCollectionShare"
MANUSCRIPT: Final = "MusicalWorkManuscriptShare"
_WHOLE: Final = Decimal(100)
_TOLERANCE: Final = Decimal("0.06")
_WORLD: Final = frozenset({"", "Worldwide"})
_DATE: Final = re.compile(r"(?P<year>\d{4})(?P<mark>-?)(?P<month>\d\d)(?P=mark)(?P<day>\d\d)\Z", re.ASCII)
_BOTH: Final[Right] = "performance"
"""The only column of a table in which rights are not told apart."""
TableRow = Mapping[str, str]


class BwarmShare(NamedTuple):
    """A row of the shares, with the party that it names."""

    line: int
    cells: TableRow
    party: TableRow | None


class CountedShares(NamedTuple):
    """The shares to register, the rows that they come from, and what to warn of."""

    shares: list[dict[str, Any]]
    rows: list[BwarmShare]
    warnings: list[str]


def percentage(text: str) -> Decimal:
    """A percentage, of which 25 is a quarter; raises `ValueError`."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not (value.is_finite() and 0 <= value <= _WHOLE):
        raise ValueError(f"{text!r} is not a percentage from 0 to 100; a quarter is 25")
    return value


def counted(shares: Sequence[BwarmShare], ids: Sequence[str], today: str, refusals: list[Refusal]) -> CountedShares:
    """The shares that say who is paid: what is collected where that is said, else what the writers agreed. `ids` are the parties'."""
    by_place: dict[str, list[tuple[str, BwarmShare]]] = {}
    chosen = _chosen(list(zip(ids, shares, strict=True)), today, refusals)
    for party_id, share in chosen:
        if (place := _place(share, refusals)) is not None:
            by_place.setdefault(place, []).append((party_id, share))
    rows = [share for of_place in by_place.values() for _, share in of_place]
    world = by_place.pop("", [])
    if not world and len(by_place) == 1:
        (place, alone), *_ = by_place.items()
        warnings = [f"the feed states its shares for {place} alone; the register holds them for the world"]
        return CountedShares(stated(_table(alone, _rights(alone)), {}), rows, warnings)
    rights = _rights(chosen)
    tables = {place: table for place, alone in sorted(by_place.items()) if (table := _there(alone, world, rights))}
    left_out = [place for place in sorted(by_place) if place not in tables]
    more = [f"the shares for {', '.join(left_out)} exceed the whole and are left out: there, those of the world count"] if left_out else []
    return CountedShares(stated(_table(world, rights), tables), rows, more)


def _chosen(shares: list[tuple[str, BwarmShare]], today: str, refusals: list[Refusal]) -> list[tuple[str, BwarmShare]]:
    candidates: list[tuple[str, BwarmShare]] = []
    for party_id, share in shares:
        try:
            is_positive = bool(share.cells.get("RightSharePercentage")) and percentage(share.cells["RightSharePercentage"]) > 0
        except ValueError as error:
            refusals.append(Refusal("transaction", share.line, SHARES, "RightSharePercentage", str(error)))
            continue
        if is_positive and _in_force(share, today, refusals):
            candidates.append((party_id, share))
    types = {kind for _, share in candidates for kind in kinds(share)}
    wanted = COLLECTION if COLLECTION in types else MANUSCRIPT if MANUSCRIPT in types else ""
    return [(party_id, share) for party_id, share in candidates if wanted in kinds(share)] if wanted else candidates


def _place(share: BwarmShare, refusals: list[Refusal]) -> str | None:
    """The territory of a share, "" for the world; `None` where it is none."""
    code = share.cells.get("TerritoryCode", "")
    if code in _WORLD:
        return ""
    try:
        place = territories.canonical(code)
    except Rejected as error:
        refusals.append(Refusal("field", share.line, SHARES, "TerritoryCode", f"{error.detail}; the share is left out"))
        return None
    return "" if place == territories.WORLD else place


def _there(alone: list[tuple[str, BwarmShare]], world: list[tuple[str, BwarmShare]], rights: Mapping[str, Right]) -> ScopeTable | None:
    """What counts in a territory: its own shares if they make the whole or nobody has the world; else beside those of the world."""
    for rows in (alone, [*world, *alone]):
        weights = [_weights(rows, right) for right in rights]
        totals = [sum(parts.values()) for parts in weights]
        is_whole = all(abs(total - _WHOLE) <= _TOLERANCE for total in totals)
        if is_whole or ((rows is not alone or not world) and all(total <= _WHOLE + _TOLERANCE for total in totals)):
            return _table(rows, rights)
    return None


def kinds(share: BwarmShare) -> list[str]:
    """What kinds of share a row is."""
    return share.cells.get("RightShareType", "").split("|")


def _in_force(share: BwarmShare, today: str, refusals: list[Refusal]) -> bool:
    started, ended = _day(share, "ValidityStartDate", "01-01", refusals), _day(share, "ValidityEndDate", "12-31", refusals)
    return (not started or started <= today) and (not ended or ended >= today)


def _day(share: BwarmShare, name: str, otherwise: str, refusals: list[Refusal]) -> str:
    """A day of ISO 8601, also without hyphens, with a time behind it, or of a year alone; "" where none is said."""
    text = share.cells.get(name, "").partition("T")[0]
    found = _DATE.match(text)
    try:
        return fields.day(f"{found['year']}-{found['month']}-{found['day']}" if found else f"{text}-{otherwise}") if text else ""
    except Rejected:
        message = f"{share.cells[name]!r:.80} is no day; write it as 2026-12-31"
        refusals.append(Refusal("transaction", share.line, SHARES, name, message))
        return ""


def _rights(rows: Iterable[tuple[str, BwarmShare]]) -> dict[str, Right]:
    """The feed's names of rights, each as one of ours; all as one where the feed does not tell performance from mechanical."""
    names = sorted({name for _, share in rows for name in share.cells.get("RightsType", "").split("|")})
    mechanical = [name for name in names if "Mechanical" in name or "Reproduc" in name]
    if not mechanical or len(mechanical) == len(names):
        return dict.fromkeys(names, _BOTH)
    return {name: "mechanical" if name in mechanical else "performance" for name in names}


def _table(rows: Sequence[tuple[str, BwarmShare]], rights: Mapping[str, Right]) -> ScopeTable:
    """Each party's part by right, nano: the mean over the feed's names of it; a total within rounding of 100% is the whole."""
    table: dict[Right, dict[str, int]] = {right: {} for right in rights.values()}
    for right, parts in table.items():
        names = [name for name, meant in rights.items() if meant == right]
        for place, name in enumerate(names):
            whole = money.split(NANO, {str(n): 1 for n in range(len(names))})[str(place)]
            for party, part in _of_whole(_weights(rows, name), whole).items():
                parts[party] = parts.get(party, 0) + part
    return table


def _weights(rows: Sequence[tuple[str, BwarmShare]], right: str) -> dict[str, Decimal]:
    weights: dict[str, Decimal] = {}
    for party, share in rows:
        if right in share.cells.get("RightsType", "").split("|"):
            weights[party] = weights.get(party, Decimal(0)) + percentage(share.cells["RightSharePercentage"])
    return weights


def _of_whole(weights: Mapping[str, Decimal], whole: int) -> dict[str, int]:
    total = sum(weights.values())
    if weights and abs(total - _WHOLE) <= _TOLERANCE:
        return money.split(whole, {party: int(weight * NANO) for party, weight in weights.items()})
    return {party: int(weight * whole / _WHOLE) for party, weight in weights.items()}
