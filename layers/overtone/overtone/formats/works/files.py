"""Dropped files of works, of any size: a first pass over the whole, then cuts that can be resumed, each a few hundred works."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol

from overtone.errors import Rejected
from overtone.formats.blocks import blocks
from overtone.formats.cwr import frame, transmission
from overtone.formats.cwr.frame import START, CwrScan, Position
from overtone.formats.cwr.transmission import Registration
from overtone.formats.text import BOM, checked
from overtone.formats.works import table
from overtone.formats.works.drafts import Draft

CUT_WORKS: Final = 500
"""Works between two points from which a delivery can go on."""
CSV_BLOCK_BYTES: Final = 64 * 1024
_COMPOSITION: Final = "composition"
Content = Callable[[int], Iterator[bytes]]
"""The file's bytes from an offset on."""


class WorksSlice(NamedTuple):
    """A few hundred works; `others` counts transactions that are not read, `state` is what going on behind it needs."""

    entries: Sequence[Draft | Registration]
    others: Mapping[str, int]
    state: Mapping[str, Any]


class WorksFile(Protocol):
    """A format of works."""

    name: str

    def scan(self, content: Iterable[bytes]) -> dict[str, Any]:
        """The first pass: what the second one needs; raises `Rejected` where the file is refused whole."""
        ...

    def cuts(self, content: Content, scan: Mapping[str, Any], state: Mapping[str, Any]) -> Iterator[WorksSlice]:
        """The second pass, from the beginning (`state` empty) or from behind any cut."""
        ...

    def about(self, scan: Mapping[str, Any]) -> dict[str, Any]:
        """What the receipt says of the file itself."""
        ...


class Cwr:
    """CISAC's Common Works Registration."""

    name = "cwr"

    def scan(self, content: Iterable[bytes]) -> dict[str, Any]:
        """Check the frame."""
        return frame.scan(content).to_json()

    def cuts(self, content: Content, scan: Mapping[str, Any], state: Mapping[str, Any]) -> Iterator[WorksSlice]:
        """So many transactions each."""
        found = CwrScan.from_json(scan)
        at = Position(**state) if state else START
        rest = frame.transactions(content(at.offset), found, at)
        while part := list(islice(rest, CUT_WORKS)):
            others = Counter(kind for transaction in part if (kind := transmission.other(transaction)))
            works = [work for transaction in part if (work := transmission.registration(transaction, found))]
            yield WorksSlice(works, others, part[-1].end._asdict())

    def about(self, scan: Mapping[str, Any]) -> dict[str, Any]:
        """Version, sender, remarks."""
        return {name: scan[name] for name in ("version", "sender", "sender_name")} | {"remarks": list(scan["remarks"])}


class Csv:
    """Our own table. Compositions are taken first, wherever they stand, as recordings may link to them."""

    name = "csv"

    def scan(self, content: Iterable[bytes]) -> dict[str, Any]:
        """Read the header, and see that every row can be told from the next."""
        header, size, lines, compositions, others = list[str](), 0, 0, 0, 0
        for block in blocks(checked(content), quoted=True, size=CSV_BLOCK_BYTES):
            body = block
            if not header:
                first, _, body = block.partition(b"\n")
                if len(first) > table.HEADER_BYTES_MAX:
                    raise Rejected(f"the header exceeds {table.HEADER_BYTES_MAX} bytes; the first line names the columns")
                header, size, lines = table.columns(first.removeprefix(BOM).decode()), len(first) + 1, 1
            counted = Counter(table.kinds(body.decode(), header, lines))
            compositions += counted[_COMPOSITION]
            others += counted.total() - counted[_COMPOSITION]
            lines += body.count(b"\n")
        if not header:
            raise Rejected("the file is empty; its first line names the columns")
        return {"header": header, "size": size, "compositions": compositions, "others": others}

    def cuts(self, content: Content, scan: Mapping[str, Any], state: Mapping[str, Any]) -> Iterator[WorksSlice]:
        """Blocks of rows: those of compositions, then those of recordings."""
        start = {"phase": 0 if scan["compositions"] else 1, "offset": scan["size"], "lines": 1}
        at = dict(state or start)
        last = 1 if scan.get("others", 1) or not scan["compositions"] else 0
        while at["phase"] <= last:
            for block in blocks(content(at["offset"]), quoted=True, size=CSV_BLOCK_BYTES):
                rows = table.part(block.decode(), scan["header"], at["lines"])
                mine = [row for row in rows if _phase(row, scan) == at["phase"]]
                at = {**at, "offset": at["offset"] + len(block), "lines": at["lines"] + block.count(b"\n")}
                yield WorksSlice(mine, {}, at)
            at = {**start, "phase": at["phase"] + 1}

    def about(self, scan: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the same for every file
        """Nothing more."""
        return {}


def _phase(row: Draft, scan: Mapping[str, Any]) -> int:
    return 0 if scan["compositions"] and row.body.get("kind") == _COMPOSITION else 1


FORMATS: Final[Mapping[str, WorksFile]] = {"csv": Csv(), "cwr": Cwr()}
