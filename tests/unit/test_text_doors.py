"""Marks, line ends and encodings are the same thing at every door of text: what can be told is read, UTF-16 is refused by its name."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import pytest

from overtone.errors import OvertoneError
from overtone.formats import cdd, members_csv, opening_csv
from overtone.formats.bank import answers_csv
from overtone.formats.works import bwarm, table
from overtone.formats.works.bwarm_shares import SHARES
from tests.readers.seeds import SEEDS
from tests.readers.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

MARK: Final = b"\xef\xbb\xbf"
READERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "answers.csv": answers_csv.read,
    "members.csv": members_csv.read,
    "opening.csv": opening_csv.read,
    "cdd": cdd.read,
    "works.csv": lambda raw: list(table.read(raw)),
    "bwarm tables": lambda raw: list(bwarm.rows(io.BytesIO(raw), SHARES)),
}
TEXTS: Final = (*READERS, "cwr", "usage.csv", "usage.tsv", "usage.ndjson", "usage.dsr.tsv", "mapping", "POST application/json")


@pytest.mark.parametrize("end", [b"\r", b"\r\n"])
@pytest.mark.parametrize("name", sorted(READERS))
def test_any_line_end_with_a_mark_says_the_same(name: str, end: bytes) -> None:
    plain = SEEDS[name].replace(b"\r\n", b"\n")
    assert READERS[name](MARK + plain.replace(b"\n", end)) == READERS[name](plain)
    assert READERS[name](plain.rstrip(b"\n").replace(b"\n", end)) == READERS[name](plain)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", sorted(TEXTS))
def test_utf_16_is_refused_by_name(name: str, encoding: str) -> None:
    with pytest.raises(OvertoneError) as refused:
        TARGETS[name](SEEDS[name].decode("latin-1").encode(encoding))
    assert "UTF-16" in refused.value.detail
