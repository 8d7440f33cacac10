"""DDEX BWARM 2.0 (Bulk Communication of Work and Recording Metadata): the tables of a feed, and a work of it as a draft.

A feed is a dump of a database: works, parties, right shares, resources (recordings) and the links between works and resources, each a
file of tab-separated cells whose first line names its columns behind a `#`. A percentage of 25 is a quarter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from overtone import identifiers, money
from overtone.errors import Malformed, Rejected
from overtone.formats.cwr.fields import Refusal
from overtone.formats.works.drafts import Draft
from overtone.formats.works.registrations import numbered
from overtone.money import NANO
from overtone.scales import Nano

WORKS: Final = "musicalworks.tsv"
PARTIES: Final = "parties.tsv"
SHARES: Final = "musicalworkrightshares.tsv"
RESOURCES: Final = "resources.tsv"
LINKS: Final = "workresourcelinks.tsv"
LINE_BYTES_MAX: Final = 64 * 1024
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    WORKS: (
        *("MusicalWorkRecordId", "ISWC", "MusicalWorkTitle", "LanguageAndScriptCode", "OpusNumber", "ComposerCatalogNumber"),
        *("NominalDuration", "HasRightShareInDispute"),
    ),
    PARTIES: ("PartyRecordId", "ISNI", "IpiNameNumber", "CisacSocietyId", "DPID", "FullName"),
    SHARES: (
        *("MusicalWorkRightShareRecordId", "MusicalWorkRecordId", "PartyRecordId", "PartyRole", "RightSharePercentage", "RightShareType"),
        *("RightsType", "ValidityStartDate", "ValidityEndDate", "PrecedingMusicalWorkRightShareRecordId", "TerritoryCode", "UseType"),
    ),
    RESOURCES: ("ResourceRecordId", "ResourceType", "ISRC", "Title"),
    LINKS: ("LinkRecordId", "MusicalWorkRecordId", "ResourceRecordId"),
}
"""The cells that are read, in the standard's order: where a file's first line names none, they stand in these places."""
_RENAMED: Final = {"MusicalWorkId": "MusicalWorkRecordId"}
"""The links file of version 2.0 calls the work's record so."""
COLLECTION: Final = "MusicalWorkCollectionShare"
MANUSCRIPT: Final = "MusicalWorkManuscriptShare"
_WRITERS: Final = frozenset({"Composer", "Lyricist", "ComposerLyricist", "Author", "Arranger", "Adapter", "Translator", "Writer"})
_WHOLE: Final = Decimal(100)
_TOLERANCE: Final = Decimal("0.06")
_WORLD: Final = frozenset({"", "Worldwide"})
Row = Mapping[str, str]


class BwarmRow(NamedTuple):
    """A row of a table, and where it stands in its file, from 1."""

    number: int
    cells: Row


class BwarmShare(NamedTuple):
    """A row of the shares, with the party that it names."""

    line: int
    cells: Row
    party: Row | None


def rows(lines: Iterable[bytes], name: str) -> Iterator[BwarmRow]:
    """The rows of a table; raises `Malformed` by line for what is not UTF-8 or lacks the columns that are needed."""
    columns: Sequence[str] = COLUMNS[name]
    for number, raw in enumerate(lines, start=1):
        if len(raw) > LINE_BYTES_MAX:
            raise Malformed(f"{name}, line {number}: a line of more than {LINE_BYTES_MAX} bytes")
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise Malformed(f"{name}, line {number}: this is not UTF-8") from error
        cells = text.split("\t")
        if text.startswith("#"):
            columns = _named(cells, name, columns) if number == 1 else columns
        elif text.strip():
            yield BwarmRow(number, {column: cell.strip() for column, cell in zip(columns, cells, strict=False)})


def _named(cells: Sequence[str], name: str, columns: Sequence[str]) -> Sequence[str]:
    """The columns that a first line names; a line of another kind (a comment) names none."""
    names = [_RENAMED.get(cell.strip(), cell.strip()) for cell in (cells[0].removeprefix("#"), *cells[1:])]
    if columns[0] not in names:
        return columns
    if missing := [column for column in columns if column not in names and column in _NEEDED[name]]:
        raise Rejected(f"{name}: there is no column {missing[0]}; a feed of BWARM 2.0 has {', '.join(columns)}")
    return names


_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    WORKS: frozenset({"MusicalWorkRecordId", "MusicalWorkTitle"}),
    PARTIES: frozenset({"PartyRecordId", "FullName"}),
    SHARES: frozenset({"MusicalWorkRecordId", "PartyRecordId", "RightSharePercentage"}),
    RESOURCES: frozenset({"ResourceRecordId", "ISRC", "Title"}),
    LINKS: frozenset({"MusicalWorkRecordId", "ResourceRecordId"}),
}


def percentage(text: str) -> Decimal:
    """A percentage, of which 25 is a quarter; raises `ValueError`."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not (found.is_finite() and 0 <= found <= _WHOLE):
        raise ValueError(f"{text!r} is not a percentage from 0 to 100; a quarter is 25")
    return found


def composition(line: BwarmRow, shares: Sequence[BwarmShare], registrant: str, holders: Mapping[str, str], today: str) -> Draft:
    """A work with its shares as a draft; `holders` are the registered parties that IPIs (`ipi:…`) name."""
    row = line.cells
    needed = ("MusicalWorkRecordId", "MusicalWorkTitle")
    refusals = [Refusal("transaction", line.number, WORKS, name, "missing") for name in needed if not row.get(name)]
    iswc = _identifier(line, "ISWC", WORKS, refusals)
    counted, said = _counted(shares, today, refusals)
    ids = {id(share): _party_id(share, registrant, holders) for share in counted}
    parts = _parts([(ids[id(share)], share) for share in counted])
    taken = set(holders.values())
    return Draft(
        line=line.number,
        kind=WORKS,
        work_id=numbered(registrant, row.get("MusicalWorkRecordId", "")),
        body={
            "title": row.get("MusicalWorkTitle", ""),
            "kind": "composition",
            "identifiers": [f"iswc:{iswc}"] if iswc else [],
            "shares": [
                {"party": party, "share": money.format_share(Nano(part))} for party, part in sorted(parts.items()) if party and part
            ],
            "disputed": row.get("HasRightShareInDispute", "").lower() == "true",
        },
        refusals=tuple(refusals),
        reserved={ids[id(s)]: _record(s) for s in counted if ids[id(s)] and ids[id(s)] not in taken},
        warnings=tuple(said),
    )


def recording(line: BwarmRow, work: str, registrant: str) -> Draft:
    """A resource as a draft of a recording of `work` (a work's record in the feed). Whose it is, the feed does not say."""
    refusals: list[Refusal] = []
    isrc = _identifier(line, "ISRC", RESOURCES, refusals)
    if not line.cells.get("Title"):
        refusals.append(Refusal("transaction", line.number, RESOURCES, "Title", "missing"))
    body: dict[str, Any] = {"title": line.cells.get("Title", ""), "kind": "recording", "identifiers": [f"isrc:{isrc}"] if isrc else []}
    resource = numbered(f"{registrant}-rec", line.cells.get("ResourceRecordId", ""))
    return Draft(line.number, RESOURCES, resource, body | {"composition": numbered(registrant, work)}, tuple(refusals))


def ipi_of(party: Row | None) -> str:
    """A party's IPI name number, "" where it has none or a wrong one."""
    try:
        return identifiers.ipi(party["IpiNameNumber"]) if party and party.get("IpiNameNumber", "").strip("0") else ""
    except Rejected:
        return ""


def _identifier(line: BwarmRow, name: str, file: str, refusals: list[Refusal]) -> str:
    text = line.cells.get(name, "")
    try:
        return {"ISWC": identifiers.iswc, "ISRC": identifiers.isrc}[name](text) if text else ""
    except Rejected as error:
        refusals.append(Refusal("field", line.number, file, name, error.detail))
        return ""


def _counted(shares: Sequence[BwarmShare], today: str, refusals: list[Refusal]) -> tuple[list[BwarmShare], list[str]]:
    """The shares that say who is paid: what is collected where that is said, else what the writers agreed; and what to tell."""
    stated: list[BwarmShare] = []
    for share in shares:
        try:
            is_stated = bool(share.cells.get("RightSharePercentage")) and percentage(share.cells["RightSharePercentage"]) > 0
        except ValueError as error:
            refusals.append(Refusal("transaction", share.line, SHARES, "RightSharePercentage", str(error)))
            continue
        if is_stated and _in_force(share.cells, today):
            stated.append(share)
    types = {kind for share in stated for kind in _kinds(share)}
    wanted = COLLECTION if COLLECTION in types else MANUSCRIPT if MANUSCRIPT in types else ""
    chosen = [share for share in stated if wanted in _kinds(share)] if wanted else stated
    return _of_one_place(chosen)


def _of_one_place(shares: list[BwarmShare]) -> tuple[list[BwarmShare], list[str]]:
    places = {share.cells.get("TerritoryCode", "") for share in shares}
    if world := [share for share in shares if share.cells.get("TerritoryCode", "") in _WORLD]:
        others = sorted(places - _WORLD)
        return world, [f"shares for {', '.join(others)} alone are left out; the register holds shares for the world"] if others else []
    if len(places) > 1:
        listed = ", ".join(sorted(places))
        return [], [f"shares differ by territory ({listed}) and none is for the world, so none is taken; register them by hand"]
    if places:
        return shares, [f"the feed states its shares for {min(places)} alone; the register holds them for the world"]
    return [], []


def _kinds(share: BwarmShare) -> list[str]:
    return share.cells.get("RightShareType", "").split("|")


def _in_force(cells: Row, today: str) -> bool:
    start, end = cells.get("ValidityStartDate", ""), cells.get("ValidityEndDate", "")
    return (not start or start <= today) and (not end or end >= today)


def _party_id(share: BwarmShare, registrant: str, holders: Mapping[str, str]) -> str:
    if share.party is None:
        return ""
    ipi = ipi_of(share.party)
    return holders.get(f"ipi:{ipi}", f"ipi-{ipi}") if ipi else numbered(f"{registrant}-party", share.party["PartyRecordId"])


def _parts(shares: Sequence[tuple[str, BwarmShare]]) -> dict[str, int]:
    """Each party's part in nano: the mean over the rights that are told apart; a total within rounding of 100% is the whole."""
    rights = sorted({right for _, share in shares for right in share.cells.get("RightsType", "").split("|")})
    parts: dict[str, int] = {}
    for place, right in enumerate(rights):
        weights: dict[str, Decimal] = {}
        for party, share in shares:
            if right in share.cells.get("RightsType", "").split("|"):
                weights[party] = weights.get(party, Decimal(0)) + percentage(share.cells["RightSharePercentage"])
        whole = money.split(NANO, {str(n): 1 for n in range(len(rights))})[str(place)]
        for party, part in _of_whole(weights, whole).items():
            parts[party] = parts.get(party, 0) + part
    return parts


def _of_whole(weights: Mapping[str, Decimal], whole: int) -> dict[str, int]:
    total = sum(weights.values())
    if weights and abs(total - _WHOLE) <= _TOLERANCE:
        return money.split(whole, {party: int(weight * NANO) for party, weight in weights.items()})
    return {party: int(weight * whole / _WHOLE) for party, weight in weights.items()}


def _record(share: BwarmShare) -> dict[str, Any]:
    party = share.party or {}
    role, ipi = share.cells.get("PartyRole", ""), ipi_of(share.party)
    kind = "creator" if role in _WRITERS or MANUSCRIPT in _kinds(share) else "publisher"
    name = party.get("FullName") or f"party {party.get('PartyRecordId', '')} of a BWARM feed"
    return {"name": name[:200], "kind": kind, "country": "*"} | ({"ipi": ipi} if ipi else {})
