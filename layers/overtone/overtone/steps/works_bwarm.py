"""A BWARM feed as a file of works: its tables are joined in a database on the function's own disk, so memory stays small at any size.

A delivery that goes on after another builds the database anew and starts behind the last work that was taken. Works come first, then
recordings (which link to them), then rows that name a work or a party that the feed does not have: refused, and told.
"""

import errno
import hashlib
import json
import lzma
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from overtone import clock
from overtone.errors import Malformed, Rejected, TooLarge
from overtone.facts.limits import DROP_UNPACKED_BYTES_FREE, DROP_UNPACKED_TIMES_MAX
from overtone.formats.cwr.fields import Refusal
from overtone.formats.works import bwarm
from overtone.formats.works.bwarm import LINKS, PARTIES, RESOURCES, WORKS, BwarmRow
from overtone.formats.works.bwarm_shares import SHARES, BwarmShare
from overtone.formats.works.drafts import Draft
from overtone.formats.works.files import CUT_WORKS, Content, WorksSlice

UNPACKED_BYTES_MAX: Final = 6 * 1024**3
"""Of a feed's tables; the zip, the database and its index share the function's 10 GB of disk."""
MANIFEST_BYTES_MAX: Final = 1024 * 1024
"""Of the feed's manifest, which is read at once: it has a line for each table."""
ORPHANS_TOLD_MAX: Final = 1_000
_LOADED: Final[Mapping[str, tuple[str, str]]] = {
    WORKS: ("works", "MusicalWorkRecordId"),
    PARTIES: ("parties", "PartyRecordId"),
    SHARES: ("shares", "MusicalWorkRecordId"),
    RESOURCES: ("resources", "ResourceRecordId"),
    LINKS: ("links", "ResourceRecordId"),
}
_JOINED: Final = ("MusicalWorkRecordId", "PartyRecordId")
_NEEDED: Final = (WORKS, PARTIES, SHARES)
_DAMAGES: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    ValueError,
    OSError,
)
"""What `zipfile` raises for archives that are damaged; an `OSError` of an invalid argument where offsets make no sense, without a number of
bzip2."""
Holders = Callable[[Sequence[str]], Mapping[str, str]]


class Bwarm:
    """DDEX BWARM 2.0, zipped. `registrant` administers what is new; `holders` finds the parties that IPIs name."""

    name = "bwarm"

    def __init__(self, registrant: str, holders: Holders) -> None:
        self._registrant, self._holders = registrant, holders

    def scan(self, content: Iterable[bytes]) -> dict[str, Any]:
        """See that the zip is whole, has the tables that are needed, and agrees with its manifest."""
        with _unpackable(content) as archive:
            counts = {name: sum(1 for _ in _rows(archive, name)) for name in _LOADED if _member(archive, name)}
            _check_manifest(archive, counts)
        return {"counts": counts}

    def about(self, scan: Mapping[str, Any]) -> dict[str, Any]:
        """How many rows each table has."""
        return {"tables": scan["counts"]}

    def cuts(self, content: Content, scan: Mapping[str, Any], state: Mapping[str, Any]) -> Iterator[WorksSlice]:  # noqa: ARG002 - counts tell nothing
        """A few hundred works or recordings each."""
        phases = [self._compositions, self._recordings, _orphans]
        phase, after = int(state.get("phase", 0)), int(state.get("after", 0))
        with _database(content(0)) as database:
            for number in range(phase, len(phases)):
                found = phases[number](database, after)
                while part := list(islice(found, CUT_WORKS)):
                    after = part[-1][0]
                    yield WorksSlice([draft for _, draft in part], {}, {"phase": number, "after": after})
                after = 0

    def _compositions(self, database: sqlite3.Connection, after: int) -> Iterator[tuple[int, Draft]]:
        works = database.execute("SELECT rowid, id, line, cells FROM works WHERE rowid > ? ORDER BY rowid", (after,))
        while part := works.fetchmany(CUT_WORKS):
            shares = {row[1]: _shares(database, row[1]) for row in part}
            ipis = {f"ipi:{ipi}" for found in shares.values() for share in found if (ipi := bwarm.ipi_of(share.party))}
            holders = self._holders(sorted(ipis))
            for rowid, work, line, cells in part:
                known = [share for share in shares[work] if share.party or not share.cells.get("PartyRecordId")]
                stated = known if shares[work] else None
                yield rowid, bwarm.composition(BwarmRow(line, json.loads(cells)), stated, self._registrant, holders, clock.today())

    def _recordings(self, database: sqlite3.Connection, after: int) -> Iterator[tuple[int, Draft]]:
        query = (
            "SELECT r.rowid, r.line, r.cells, min(l.work) FROM resources r JOIN links l ON l.id = r.id JOIN works w ON w.id = l.work "
            "WHERE r.rowid > ? GROUP BY r.rowid ORDER BY r.rowid"
        )
        for rowid, line, cells, work in database.execute(query, (after,)):
            yield rowid, bwarm.recording(BwarmRow(line, json.loads(cells)), work, self._registrant)


def _shares(database: sqlite3.Connection, work: str) -> list[BwarmShare]:
    query = "SELECT s.line, s.cells, p.cells FROM shares s LEFT JOIN parties p ON p.id = s.party WHERE s.id = ? ORDER BY s.line"
    return [
        BwarmShare(line, json.loads(cells), json.loads(party) if party else None) for line, cells, party in database.execute(query, (work,))
    ]


def _orphans(database: sqlite3.Connection, after: int) -> Iterator[tuple[int, Draft]]:
    """Shares of works and parties that the feed does not have."""
    query = (
        "SELECT s.rowid, s.line, s.id, s.party, w.id IS NULL FROM shares s "
        "LEFT JOIN works w ON w.id = s.id LEFT JOIN parties p ON p.id = s.party "
        "WHERE s.rowid > ? AND (w.id IS NULL OR (p.id IS NULL AND s.party <> '')) ORDER BY s.rowid LIMIT ?"
    )
    for rowid, line, work, party, is_workless in database.execute(query, (after, ORPHANS_TOLD_MAX)):
        field, name = ("MusicalWorkRecordId", work) if is_workless else ("PartyRecordId", party)
        message = f"{name!r} is not in {WORKS if is_workless else PARTIES}; its share waits as nobody's"
        yield rowid, Draft(line, SHARES, "", {}, (Refusal("transaction", line, SHARES, field, message),))


# --- the zip and the database


@contextmanager
def _unpackable(content: Iterable[bytes]) -> Iterator[zipfile.ZipFile]:
    """The zip on the disk; raises `Malformed`, `TooLarge`."""
    with tempfile.TemporaryFile() as file:
        for chunk in content:
            file.write(chunk)
        most = min(UNPACKED_BYTES_MAX, DROP_UNPACKED_BYTES_FREE + DROP_UNPACKED_TIMES_MAX * file.tell())
        try:
            with zipfile.ZipFile(file) as archive:
                if sum(member.file_size for member in archive.infolist()) > most:
                    raise TooLarge(f"the tables exceed {most} bytes unpacked; send the feed in parts")
                if missing := [name for name in _NEEDED if not _member(archive, name)]:
                    raise Rejected(f"there is no {missing[0]} in the zip; a BWARM 2.0 feed has {', '.join(_LOADED)}")
                yield archive
        except _DAMAGES as error:
            if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:  # our disk's fault, not the file's
                raise
            raise Malformed(f"the file is no zip that can be read: {error}") from error


def _member(archive: zipfile.ZipFile, name: str) -> str:
    """The member of that name in whatever folder, "" where there is none."""
    return next((member for member in archive.namelist() if member.rsplit("/", 1)[-1].lower() == name), "")


def _rows(archive: zipfile.ZipFile, name: str) -> Iterator[BwarmRow]:
    with archive.open(_member(archive, name)) as table:
        yield from bwarm.rows(iter(partial(table.read, bwarm.LINE_BYTES_MAX), b""), name)


def _check_manifest(archive: zipfile.ZipFile, counts: Mapping[str, int]) -> None:
    """Compare the manifest, where there is one, with what is there; raises `Rejected`, `TooLarge`."""
    name = next((n for n in archive.namelist() if n.rsplit("/", 1)[-1].lower().startswith("bwarm_manifest")), "")
    if not name:
        return
    if archive.getinfo(name).file_size > MANIFEST_BYTES_MAX:
        raise TooLarge(f"{name:.80} exceeds {MANIFEST_BYTES_MAX} bytes unpacked; a manifest has a line for each table and nothing else")
    for line in archive.read(name).decode("utf-8-sig", "replace").splitlines():
        cells = [cell.strip() for cell in line.split("\t")]
        table = cells[1].lower() if len(cells) > 2 else ""  # noqa: PLR2004 - type, name, number of lines, MD5
        stated = cells[2].lstrip("0") if table in counts and cells[2].isascii() and cells[2].isdigit() else None
        if stated is not None and (stated or "0") not in {str(counts[table]), str(counts[table] + 1)}:
            raise Rejected(f"the manifest says that {table} has {cells[2]:.80} lines, it has {counts[table]}; send the feed whole")
        if table in counts and len(cells) > 3 and cells[3] and cells[3].lower() != _md5(archive, table):  # noqa: PLR2004
            raise Rejected(f"the manifest gives {table} another MD5 than it has; send the feed whole")


def _md5(archive: zipfile.ZipFile, table: str) -> str:
    with archive.open(_member(archive, table)) as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()  # type: ignore[arg-type]


@contextmanager
def _database(content: Iterable[bytes]) -> Iterator[sqlite3.Connection]:
    """The feed's tables, with what joins them indexed. Lines stay in order: rowids are their places."""
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "feed.sqlite")) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        with _unpackable(content) as archive:
            for name, (table, key) in _LOADED.items():
                _load(database, archive, name, table, key)
        yield database


def _load(database: sqlite3.Connection, archive: zipfile.ZipFile, name: str, table: str, key: str) -> None:
    unique = "PRIMARY KEY" if table == "parties" else ""
    database.execute(f"CREATE TABLE {table} (id TEXT {unique}, work TEXT, party TEXT, line INTEGER, cells TEXT)")
    if _member(archive, name):
        made = ((*map(line.cells.get, (key, *_JOINED)), line.number, json.dumps(line.cells)) for line in _rows(archive, name))
        database.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?, ?, ?)", made)  # noqa: S608 - names of ours
    if not unique:
        database.execute(f"CREATE INDEX {table}_id ON {table} (id)")
