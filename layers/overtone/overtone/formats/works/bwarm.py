"""DDEX BWARM 2.0 (Bulk Communication of Work and Recording Metadata): the tables of a feed, and a work of it as a draft.

A feed is a dump of a database: works, parties, right shares, resources (recordings) and the links between works and resources, each a
file of tab-separated cells whose first line names its columns behind a `#`. A percentage of 25 is a quarter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from overtone import identifiers
from overtone.errors import Malformed, Rejected
from overtone.formats import text
from overtone.formats.cwr.fields import Refusal
from overtone.formats.works import bwarm_shares
from overtone.formats.works.bwarm_shares import MANUSCRIPT, SHARES, BwarmShare, TableRow, kinds
from overtone.formats.works.drafts import Draft
from overtone.formats.works.registrations import numbered

WORKS: Final = "musicalworks.tsv"
PARTIES: Final = "parties.tsv"
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
_WRITERS: Final = frozenset({"Composer", "Lyricist", "ComposerLyricist", "Author", "Arranger", "Adapter", "Translator", "Writer"})


_FLAGS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_UNSTATED: Final = "the feed states no share of this work; shares that are registered stay as they are"


class BwarmRow(NamedTuple):
    """A row of a table, and where it stands in its file, from 1."""

    number: int
    cells: TableRow


def rows(content: Iterable[bytes], name: str) -> Iterator[BwarmRow]:
    """The rows of a table, whatever ends its lines; raises `Malformed` by line for what is not UTF-8 or lacks columns that are needed."""
    columns: Sequence[str] = COLUMNS[name]
    for number, raw in enumerate(_lines(content), start=1):
        line = _decoded(raw, name, number)
        cells = line.split("\t")
        if line.startswith("#"):
            columns = _named(cells, name, columns) if number == 1 else columns
        elif line.strip():
            yield BwarmRow(number, {column: cell.strip() for column, cell in zip(columns, cells, strict=False)})


def _lines(content: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends; of one that is too long, as much as is known."""
    rest = b""
    for part in text.even_ends(content):
        *whole, rest = (rest + part).split(b"\n")
        yield from whole
        if len(rest) > LINE_BYTES_MAX:
            yield rest
    if rest:
        yield rest


def _decoded(raw: bytes, name: str, number: int) -> str:
    if len(raw) > LINE_BYTES_MAX:
        raise Malformed(f"{name}, line {number}: a line of more than {LINE_BYTES_MAX:,} bytes; a line is one row, its cells apart by tabs")
    try:
        if number == 1:
            text.refuse_foreign(raw[:4])
        return raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r")
    except UnicodeDecodeError as error:
        raise Malformed(f"{name}, line {number}: this is not UTF-8; save it as UTF-8") from error
    except Malformed as error:
        raise Malformed(f"{name}: {error.detail}") from error


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


def composition(line: BwarmRow, shares: Sequence[BwarmShare] | None, registrant: str, holders: Mapping[str, str], today: str) -> Draft:
    """A work with its shares (`None` where the feed states none) as a draft; `holders` are the parties that IPIs (`ipi:…`) name."""
    row = line.cells
    needed = ("MusicalWorkRecordId", "MusicalWorkTitle")
    refusals = [Refusal("transaction", line.number, WORKS, name, "missing") for name in needed if not row.get(name)]
    iswc, disputed = _identifier(line, "ISWC", WORKS, refusals), _dispute(line, refusals)
    ids = {id(share): _party_id(share, registrant, holders) for share in shares or ()}
    counted = bwarm_shares.counted(shares or (), list(ids.values()), today, refusals)
    taken = set(holders.values())
    return Draft(
        line=line.number,
        kind=WORKS,
        work_id=numbered(registrant, row.get("MusicalWorkRecordId", "")),
        body={
            "title": row.get("MusicalWorkTitle", ""),
            "kind": "composition",
            "identifiers": [f"iswc:{iswc}"] if iswc else [],
        }
        | disputed
        | ({} if shares is None else {"shares": counted.shares}),
        refusals=tuple(refusals),
        reserved={ids[id(s)]: _record(s) for s in counted.rows if ids[id(s)] and ids[id(s)] not in taken},
        warnings=(_UNSTATED,) if shares is None else tuple(counted.warnings),
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


def ipi_of(party: TableRow | None) -> str:
    """A party's IPI name number, "" where it has none or a wrong one."""
    try:
        return identifiers.ipi(party["IpiNameNumber"]) if party and party.get("IpiNameNumber", "").strip("0") else ""
    except Rejected:
        return ""


def _identifier(line: BwarmRow, name: str, file: str, refusals: list[Refusal]) -> str:
    code = line.cells.get(name, "")
    try:
        return {"ISWC": identifiers.iswc, "ISRC": identifiers.isrc}[name](code) if code else ""
    except Rejected as error:
        refusals.append(Refusal("field", line.number, file, name, error.detail))
        return ""


def _dispute(line: BwarmRow, refusals: list[Refusal]) -> dict[str, bool]:
    """Whether the work is disputed, where the feed says so in a word that is read."""
    word = line.cells.get("HasRightShareInDispute", "")
    if word.lower() in _FLAGS:
        return {"disputed": _FLAGS[word.lower()]}
    if word:
        message = f"{word!r:.80} is no flag; write true or false"
        refusals.append(Refusal("field", line.number, WORKS, "HasRightShareInDispute", message))
    return {}


def _party_id(share: BwarmShare, registrant: str, holders: Mapping[str, str]) -> str:
    if share.party is None:
        return ""
    ipi = ipi_of(share.party)
    return holders.get(f"ipi:{ipi}", f"ipi-{ipi}") if ipi else numbered(f"{registrant}-party", share.party["PartyRecordId"])


def _record(share: BwarmShare) -> dict[str, Any]:
    party = share.party or {}
    role, ipi = share.cells.get("PartyRole", ""), ipi_of(share.party)
    kind = "creator" if role in _WRITERS or MANUSCRIPT in kinds(share) else "publisher"
    name = party.get("FullName") or f"party {party.get('PartyRecordId', '')} of a BWARM feed"
    return {"name": name[:200], "kind": kind, "country": "*"} | ({"ipi": ipi} if ipi else {})
