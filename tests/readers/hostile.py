"""Inputs of a given size that are made to be dear: deep, wide, unending, empty of content, packed a thousandfold."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import TYPE_CHECKING, Final

from overtone.api.request import UNPACKED_BYTES_MAX
from tests.readers.seeds import SEEDS

if TYPE_CHECKING:
    from collections.abc import Callable


def _packed(piece: bytes, before: bytes = b"") -> Callable[[int], bytes]:
    """One piece for ever, packed, in members of 32 MB each: some thousand times as many bytes come out of it."""

    def made(size: int) -> bytes:
        member = gzip.compress(piece * (32 * MEGABYTE // len(piece)), mtime=0)
        return gzip.compress(before, mtime=0) + member * (size // len(member))

    return made


def _packed_as_much_as_is_read(piece: bytes, before: bytes = b"") -> Callable[[int], bytes]:
    """Just as much, unpacked, as a body may come to, whatever it packs to."""
    room = UNPACKED_BYTES_MAX - len(before)
    return lambda _size: gzip.compress(before + piece * (room // len(piece)), 1, mtime=0)


def _zip_of_tables(size: int) -> bytes:
    """A feed whose tables are a hundred times its size."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SEEDS["bwarm.zip"])) as seed, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in seed.namelist():
            with packed.open(name, "w") as file:
                file.write(seed.read(name))
                for _ in range(100 * size // MEGABYTE if name.endswith(".tsv") else 0):
                    file.write(b"\t\n" * (MEGABYTE // 2))
    return made.getvalue()


MEGABYTE: Final = 1024 * 1024


def _filled(before: bytes, piece: bytes, after: bytes = b"") -> Callable[[int], bytes]:
    return lambda size: before + piece * max(1, (size - len(before) - len(after)) // len(piece)) + after


def _lines(name: str) -> Callable[[int], bytes]:
    """The seed's first line, and its second for ever."""
    first, second, *_ = SEEDS[name].split(b"\n")
    return _filled(first + b"\n", second + b"\n")


_XML_CAMT: Final = b"<Document><BkToCstmrStmt><Stmt>", b"</Stmt></BkToCstmrStmt></Document>"
HOSTILE: Final[dict[str, dict[str, Callable[[int], bytes]]]] = {
    "usage.csv": {
        "one quotation": _filled(b'record_id,subject\n"', b"a"),
        "one line": _filled(b"record_id,subject\n", b"a,"),
        "quotation marks": _filled(b"record_id,subject\n", b'"'),
        "empty rows": _filled(b"record_id,subject\n", b",\n"),
        "wrong rows": _lines("usage.csv"),
        "short rows": _filled(SEEDS["usage.csv"].split(b"\n")[0] + b"\n", b"a\n"),
    },
    "usage.ndjson": {
        "depth": _filled(b"", b"["),
        "one line": _filled(b'{"record_id":"', b"a"),
        "empty objects": _filled(b"", b"{}\n"),
        "numbers": _filled(b'{"quantity":', b"9"),
    },
    "usage.dsr.tsv": {
        "comments": _filled(b"", b"#\tA\n"),
        "summaries": _filled(SEEDS["usage.dsr.tsv"].split(b"\n")[0] + b"\n", SEEDS["usage.dsr.tsv"].split(b"\n")[1] + b"\n"),
        "cells": _filled(SEEDS["usage.dsr.tsv"].split(b"\n")[0], b"\t|"),
        "one block": _filled(b"\n".join(SEEDS["usage.dsr.tsv"].split(b"\n")[:2]) + b"\n", SEEDS["usage.dsr.tsv"].split(b"\n")[3] + b"\n"),
    },
    "usage.csv of another encoding": {
        "one line": _filled("record_id,subject\n".encode("utf-16"), "a".encode("utf-16-le")),
        "half a character": _filled("record_id,subject\n".encode("utf-16"), b"\x00\xd8"),
        "rows": _filled("record_id,subject\n".encode("utf-16"), "a,b\n".encode("utf-16-le")),
    },
    "POST application/json": {
        "lists": _filled(b'{"batch_id":"b","records":[', b"[],", b"1]}"),
        "numbers": _filled(b'{"batch_id":"b","records":[', b"1,", b"1]}"),
        "fields": lambda size: b'{"batch_id":"b","records":[{' + b",".join(b'"%d":1' % n for n in range(size // 12)) + b"}]}",
        "depth": _filled(b"", b'{"a":'),
    },
    "POST text/csv": {"short rows": _filled(SEEDS["usage.csv"].split(b"\n")[0] + b"\n", b"a\n")},
    "POST application/x-ndjson": {"empty objects": _filled(b"", b"{}\n")},
    "POST gzip text/csv": {
        "short rows": _packed_as_much_as_is_read(b"a\n", SEEDS["usage.csv"]),
        "short rows that end in CR": _packed_as_much_as_is_read(b"a\r", SEEDS["usage.csv"]),
        "zeros": _packed(b"\0"),
    },
    "POST gzip application/x-ndjson": {"empty objects": _packed_as_much_as_is_read(b"{}\n")},
    "POST application/cloudevents-batch+json": {"events": _filled(b"[", b"{},", b"{}]")},
    "cwr": {"works": _lines("cwr"), "one line": _filled(b"HDR", b"A"), "ends": _filled(b"HDR", b"\r\n")},
    "works.csv": {"rows": _lines("works.csv"), "columns": _filled(b"work_id", b",title")},
    "dropped works.csv": {
        "rows": _lines("dropped works.csv"),
        "one quotation": _filled(b'work_id,title\n"', b"a"),
        "columns": _filled(b"work_id", b",title"),
    },
    "dropped works.cwr": {"works": _lines("dropped works.cwr"), "one line": _filled(b"HDR", b"A")},
    "bwarm tables": {"tabs": _filled(b"", b"\t"), "rows": _filled(b"", b"a\tb\n")},
    "bwarm.zip": {
        "tables": _zip_of_tables,
        "not a zip": _filled(b"PK\x03\x04", b"\0"),
        "ends of zips": _filled(b"", b"PK\x05\x06" + b"\0" * 18),
    },
    "cdd": {"records": _filled(b"CDMH\t1\tM\n", b"CDD2\tD\tC\n"), "contributions": _filled(b"CDMH\t1\tM\nCDD2\tD\n", b"CDD3\tD\n")},
    "camt.053": {
        "elements": _filled(_XML_CAMT[0], b"<a/>", _XML_CAMT[1]),
        "depth": _filled(b"", b"<a>"),
        "entities": lambda size: b'<!DOCTYPE a [<!ENTITY b "' + b"c" * size + b'">]><a>&b;&b;</a>',
    },
    "pain.002": {"text": _filled(b"<Document>", b"a", b"</Document>"), "attributes": _filled(b"<Document ", b'a="" ', b"/>")},
    "answers.csv": {"rows": _filled(b"payment_id,status,reason\n", b"a,executed,\n"), "marks": _filled(b"", b'"')},
    "members.csv": {"rows": _filled(b"party\n", b"a\n"), "cells": _filled(b"party\n", b"a,")},
    "opening.csv": {"rows": _filled(b"party,currency\n", b"a,EUR\n"), "cells": _filled(b"party,currency\n", b"a,")},
    "mapping": {"values": lambda size: b'{"columns":{' + b",".join(b'"%d":"use"' % n for n in range(size // 16)) + b"}}"},
    "rsl": {"contents": _filled(b"<rsl>", b"<content/>", b"</rsl>"), "depth": _filled(b"", b"<a>")},
    "cawg": {"entries": lambda size: b'{"entries":{' + b",".join(b'"%d":{}' % n for n in range(size // 12)) + b"}}"},
    "usage.csv.gz": {
        "zeros": _packed(b"\0"),
        "line ends": _packed(b"\n", SEEDS["usage.csv"]),
        "short rows": _packed(b"a\n", SEEDS["usage.csv"]),
        "rows": _packed(SEEDS["usage.csv"].split(b"\n")[1] + b"\n", SEEDS["usage.csv"]),
    },
    "usage.ndjson.gz": {"empty objects": _packed(b"{}\n"), "depth": _packed(b"[")},
    "gzip": {"zeros": _packed(b"\0"), "members": _filled(b"", gzip.compress(b""))},
}
"""By reader, what is hostile about an input, and how to make one of a size."""
