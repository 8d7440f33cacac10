"""The readers by name: each takes any bytes and ends in something read or in a named error, which is swallowed here; all else escapes."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Final

from overtone.api import request
from overtone.errors import OvertoneError
from overtone.facts import sheets
from overtone.facts.mapping import Mapping
from overtone.fields import validated
from overtone.formats import blocks, cdd, members_csv, open_permissions, opening_csv, text, usage_body
from overtone.formats.bank import answers_csv, camt053, pain002
from overtone.formats.cwr import transmission
from overtone.formats.cwr.text import begins_as_cwr
from overtone.formats.jsonbody import parse_object
from overtone.formats.usage_file import first_pass, format_of
from overtone.formats.works import bwarm, files, registrations, table
from overtone.formats.works.bwarm_shares import SHARES
from overtone.steps.works_bwarm import Bwarm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Target = Callable[[bytes], object]

DAY: Final = "2026-10-03"
CHUNK: Final = 64 * 1024


def chunks(raw: bytes, offset: int = 0) -> Iterator[bytes]:
    """Bytes as storage streams them."""
    return (raw[at : at + CHUNK] for at in range(offset, len(raw), CHUNK))


def dropped(form: str, *, zipped: bool = False) -> Target:
    """Both passes over a dropped file of usage."""

    def read(raw: bytes) -> None:
        def content(offset: int = 0) -> Iterator[bytes]:
            whole = blocks.unzipped(chunks(raw)) if zipped else chunks(raw)
            return blocks.skipped(text.even_ends(whole), offset)

        reader = format_of(form, Mapping(), "oct")
        _, scan = first_pass(reader, content())
        for cut in reader.cuts(content(reader.start(scan)), scan, None, 0):
            sheets.check(cut.sheet, "fox", DAY)

    return read


def body(media_type: str) -> Target:
    """A body of `POST /v1/usage`."""

    def read(raw: bytes) -> None:
        sent = usage_body.read(media_type, raw, {"batch_id": "b"}, Mapping)
        sheets.check(sent.sheet, "fox", DAY)

    return read


def packed_body(media_type: str) -> Target:
    """A body of `POST /v1/usage` with `Content-Encoding: gzip`."""
    read = body(media_type)
    return lambda raw: read(request.unzipped(raw))


def encoded(raw: bytes) -> None:
    """A table in the encoding that its sender's mapping names."""
    names = Mapping(encoding="utf-16")
    sent = usage_body.read("text/csv", raw, {"batch_id": "b"}, lambda: names)
    sheets.check(sent.sheet, "fox", DAY)


def works(form: str) -> Target:
    """Both passes over a dropped file of works."""

    def read(raw: bytes) -> None:
        file = files.FORMATS[form]
        scan = file.scan(chunks(raw))
        for _ in file.cuts(lambda offset: chunks(raw, offset), scan, {}):
            pass

    return read


def posted_works(raw: bytes) -> None:
    """A body of `POST /v1/works:import`, which may be CWR whatever it calls itself."""
    if begins_as_cwr(raw):
        cwr(raw)
    else:
        table.read(raw)


def cwr(raw: bytes) -> None:
    """A posted CWR file, up to its drafts."""
    for registration in transmission.read(raw).works:
        registrations.from_cwr(registration, "uni", {}, "both")


def feed(raw: bytes) -> None:
    """A BWARM feed: zip, manifest, tables, drafts."""
    form = Bwarm("uni", lambda _identifiers: {})
    scan = form.scan(chunks(raw))
    for _ in form.cuts(lambda offset: chunks(raw, offset), scan, {}):
        pass


def tables(raw: bytes) -> None:
    """A table of a BWARM feed as it stands in the zip, read row by row."""
    for _ in bwarm.rows(io.BytesIO(raw), SHARES):
        pass


def unpacked(raw: bytes) -> None:
    """gzip alone, to its end."""
    for _ in blocks.unzipped(chunks(raw)):
        pass


def mapping(raw: bytes) -> None:
    """A reporter's mapping, and a table read by it."""
    names = validated(Mapping, parse_object(raw), "the mapping")
    usage_body.read("text/csv", b"a,subject,used_on,quantity,territory,b\nr,output:a,2026-10-01,1,SE,2\n", {"batch_id": "b"}, lambda: names)


TARGETS: Final[dict[str, Target]] = {
    **{f"usage.{form}": dropped(form) for form in ("csv", "tsv", "ndjson", "dsr.tsv")},
    "usage.csv.gz": dropped("csv", zipped=True),
    "usage.ndjson.gz": dropped("ndjson", zipped=True),
    **{f"POST {media_type}": body(media_type) for media_type in usage_body.MEDIA_TYPES},
    "POST gzip text/csv": packed_body("text/csv"),
    "POST gzip application/x-ndjson": packed_body("application/x-ndjson"),
    "usage.csv of another encoding": encoded,
    "cwr": cwr,
    "works.csv": posted_works,
    **{f"dropped works.{form}": works(form) for form in files.FORMATS},
    "bwarm.zip": feed,
    "bwarm tables": tables,
    "cdd": cdd.read,
    "camt.053": lambda raw: camt053.read(raw, f"{DAY}T00:00:00Z"),
    "pain.002": lambda raw: pain002.read(raw, "2026-10", ["EUR"], f"{DAY}T00:00:00Z"),
    "answers.csv": answers_csv.read,
    "members.csv": members_csv.read,
    "opening.csv": opening_csv.read,
    "mapping": mapping,
    "rsl": open_permissions.read_rsl,
    "cawg": lambda raw: open_permissions.read_cawg(parse_object(raw)),
    "gzip": unpacked,
}


def run(name: str, raw: bytes) -> None:
    """One input through one reader; anything but a named error escapes."""
    with contextlib.suppress(OvertoneError):
        TARGETS[name](raw)
