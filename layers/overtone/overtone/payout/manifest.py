"""The manifest seals a settlement: it names every file by SHA-256 and the manifest before it.

It is canonical JSON (sorted keys, no spaces, one LF at the end), so the same settlement always has
the same bytes, and a chain of manifests proves that no earlier one was changed since.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from overtone.money import format_amount
from overtone.payout.files import FileEntry
from overtone.payout.fx import Unconverted
from overtone.scales import ZERO_PICO, Pico

NAME: Final = "manifest.json"
INDEX: Final = "index/"
"""How the names of indexes begin: each lists, line by line, files of a range of payees as `files` lists the others."""


class Link(NamedTuple):
    """The sealed settlement before this one, by the SHA-256 of its manifest."""

    settlement_id: str
    sha256: str


class Head(NamedTuple):
    """What a settlement is: its id, the month it settles through, what was known when it was opened, and what was set aside.

    `unscoped` are the revenue reports that owe nothing because they are not broken down as far as a deal is limited;
    `holds` are the ids of the holds that stood at the cut-off.
    """

    settlement_id: str
    through: str
    cutoff: str
    previous: Link | None = None
    waivers: tuple[Mapping[str, str], ...] = ()
    quarantined: tuple[Mapping[str, object], ...] = ()
    waiting: tuple[Mapping[str, str], ...] = ()
    unscoped: tuple[Mapping[str, str], ...] = ()
    holds: tuple[str, ...] = ()


class CurrencyTotals(NamedTuple):
    """One currency of a settlement; pico.

    `owed` = parties + suspense + residue, and opening + parties + converted + returned + adjusted - written_off - recouped -
    withheld - paid = carried: what all payees are owed after it, `held` among it what the payments of this settlement list as held.
    """

    currency: str
    owed: Pico = ZERO_PICO
    parties: Pico = ZERO_PICO
    suspense: Pico = ZERO_PICO
    residue: Pico = ZERO_PICO
    withheld: Pico = ZERO_PICO
    paid: Pico = ZERO_PICO
    carried: Pico = ZERO_PICO
    opening: Pico = ZERO_PICO
    recouped: Pico = ZERO_PICO
    converted: Pico = ZERO_PICO
    returned: Pico = ZERO_PICO
    held: Pico = ZERO_PICO
    adjusted: Pico = ZERO_PICO
    written_off: Pico = ZERO_PICO


class Unrendered(NamedTuple):
    """A file for one party that could not be written, and why; the party's money is what it would be with it."""

    name: str
    reason: str


class LeftOut(NamedTuple):
    """What a settlement could not do for some, and did not let stop the others."""

    unconverted: tuple[Unconverted, ...] = ()
    unrendered: tuple[Unrendered, ...] = ()

    def to_json(self) -> dict[str, object]:
        """As the manifest names it."""
        return {"unconverted": [left.to_json() for left in self.unconverted], "unrendered": [file._asdict() for file in self.unrendered]}


class Index(NamedTuple):
    """An index among the files, and the first party whose files it lists."""

    entry: FileEntry
    first: str


NOTHING: Final = LeftOut()


def build(
    head: Head,
    files: Iterable[FileEntry],
    totals: Iterable[CurrencyTotals],
    left_out: Mapping[str, object],
    indexes: Iterable[Index] = (),
) -> bytes:
    """The manifest's bytes; `left_out` is `LeftOut.to_json`. It is written last."""
    listed = [{"name": index.entry.name, "first": index.first} for index in indexes]
    content = {
        "settlement_id": head.settlement_id,
        "through": head.through,
        "cutoff": head.cutoff,
        "previous": head.previous._asdict() if head.previous else None,
        "waivers": [dict(waiver) for waiver in head.waivers],
        "quarantined": [dict(partition) for partition in head.quarantined],
        "waiting": [dict(reporter) for reporter in head.waiting],
        "unscoped": [dict(report) for report in head.unscoped],
        "files": [entry._asdict() for entry in sorted(files)],
        "totals": [total_json(total) for total in sorted(totals)],
        **({"holds": list(head.holds)} if head.holds else {}),
        **left_out,
        **({"indexes": listed} if listed else {}),
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS) + b"\n"


def total_json(total: CurrencyTotals) -> dict[str, str]:
    """A currency's totals with amounts as decimal strings."""
    return {"currency": total.currency} | {n: format_amount(v) for n, v in total._asdict().items() if n != "currency"}


def entries(content: Mapping[str, Any], read: Callable[[str], bytes]) -> Iterator[Mapping[str, Any]]:
    """What a manifest says of every file, those of its indexes too, which `read` gives by name."""
    yield from content["files"]
    for index in content.get("indexes", ()):
        yield from map(orjson.loads, read(index["name"]).splitlines())


def index_of(content: Mapping[str, Any], name: str) -> str:
    """The index that lists a party's file, if any does; empty where all files stand in the manifest."""
    found = ""
    party = party_of(name)
    for index in content.get("indexes", ()):
        if index["first"] <= party:
            found = index["name"]
    return found


def party_of(name: str) -> str:
    """Whose a file of a party is; no party's id has an `@`."""
    own = name.partition("/")[2]
    return own.partition("@")[0] if "@" in own else own.rpartition(".")[0]


def sha256(manifest: bytes) -> str:
    """What the next manifest chains to."""
    return hashlib.sha256(manifest).hexdigest()
