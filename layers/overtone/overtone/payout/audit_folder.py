"""A downloaded settlement as an auditor opens it, and what a comparison yields."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from overtone.money import format_amount, stored_amount
from overtone.payout import manifest
from overtone.scales import ZERO_PICO, Pico

MANIFEST: Final = "manifest.json"


class Finding(NamedTuple):
    """One comparison and whether it held."""

    holds: bool
    text: str


Sums = dict[str, Pico]


class Folder:
    """A settlement's files as downloaded, read when asked for; perhaps without those that name people, whose time is over."""

    def __init__(self, path: Path, *, without_people: bool = False) -> None:
        self.path = path
        self.without_people = without_people
        self.manifest: dict[str, Any] = json.loads((path / MANIFEST).read_bytes())
        self.entries: list[Mapping[str, Any]] = list(manifest.entries(self.manifest, self._read))
        """What the manifest, and its indexes as far as they are here, say of each file."""
        self.names: list[str] = [entry["name"] for entry in self.entries]

    def _read(self, name: str) -> bytes:
        return (self.path / name).read_bytes() if (self.path / name).is_file() else b""

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """A CSV's rows; none where the file is missing, which another check reports."""
        if (self.path / name).exists():
            with (self.path / name).open(encoding="utf-8", newline="") as file:
                yield from csv.DictReader(file)

    def records(self, name: str) -> Iterator[dict[str, Any]]:
        """The records of a file of JSON lines."""
        if (self.path / name).exists():
            with (self.path / name).open(encoding="utf-8") as file:
                yield from map(json.loads, file)

    def total(self, name: str) -> Sums:
        """A figure of the manifest's totals by currency; pico."""
        return {total["currency"]: stored_amount(total[name]) for total in self.manifest["totals"]}


def same(what: str, left: Mapping[Any, Pico], right: Mapping[Any, Pico]) -> Finding:
    """Whether two tables of sums agree; zero and absent are the same."""
    wrong = [key for key in sorted({*left, *right}) if left.get(key, 0) != right.get(key, 0)]
    shown = "; ".join(f"{k}: {format_amount(left.get(k, ZERO_PICO))} against {format_amount(right.get(k, ZERO_PICO))}" for k in wrong[:5])
    return Finding(not wrong, f"{what}: {shown}" if wrong else what)
