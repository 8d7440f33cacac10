"""The invariants, each under its name, checked on what is stored and emitted; figures are read here anew, not by the code under test."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections import Counter
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from overtone.facts.rows import TrainingEntry, UsageEntry
from overtone.payout import audit
from tests import stored_accruals
from tests.simulation.actors import Broken
from tests.simulation.downloads import downloaded
from tests.simulation.reference import NANO, PICO, Row, nano

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from local.stack import Stack
    from tests.simulation.reference import Reference

KEY: Final = (
    "usage_month",
    "deal_id",
    "mechanism",
    "licensee",
    "model",
    "work_key",
    "work_id",
    "side",
    "account",
    "party_id",
    "member_id",
    "reason",
    "currency",
    "territory",
    "use",
    "service",
)
BROUGHT_OVER: Final = "opening"
"""The mechanism of what waits since another system's books: no line of ours."""
BOOKS_KEPT: Final = 1_000
Posted = dict[tuple[str, ...], tuple[int, int, int]]
"""Quantity, amount and shadow by line key."""


def pico(text: str) -> int:
    """A decimal string in 1e-12; exact, or it is broken."""
    value = Decimal(text or "0") * PICO
    if value != int(value):
        raise Broken("conserved", f"{text} has more decimals than there are")
    return int(value)


def difference(found: Mapping[Any, Any], expected: Mapping[Any, Any], most: int = 6) -> str:
    """Where two mappings differ, shortly; "" where they agree."""
    wrong = [key for key in sorted({*found, *expected}, key=str) if found.get(key) != expected.get(key)]
    told = [f"\n    {key}: is {found.get(key)}, should be {expected.get(key)}" for key in wrong[:most]]
    return f"{len(wrong)} differ:{''.join(told)}" if wrong else ""


# ---------------------------------------------------------------- accrual


def stored_rows(stack: Stack) -> dict[Row, tuple[int, int]]:
    """What the accrual rows of all months say, by all that their entries keep."""
    quantities: Counter[Row] = Counter()
    revenues: Counter[Row] = Counter()
    for _, held in stored_accruals.rows(stack):
        for entry in held.entries:
            if isinstance(entry, UsageEntry):
                row = (entry.day[:7], held.work_key, held.reporter, *map(str, entry[:-2]))
                quantities[row] += entry.quantity
                revenues[row] += entry.revenue
    return {row: (quantities[row], revenues[row]) for row in quantities if quantities[row] or revenues[row]}


def stored_runs(stack: Stack) -> dict[tuple[str, str, str], int]:
    """Weight by licensee, run and work, as accrued."""
    return {
        (row.reporter, entry.run_id, row.work_key): entry.weight
        for _, row in stored_accruals.rows(stack, "RUN#")
        for entry in row.entries
        if isinstance(entry, TrainingEntry)
    }


def committed_once(stack: Stack, reference: Reference) -> None:
    """At rest, every record with a receipt counts exactly once, split as disclosed, and nothing else does."""
    if wrong := difference(stored_rows(stack), reference.rows()):
        raise Broken("committed_once", f"accrual rows against the receipts: {wrong}")
    trained = {(lab, run, part["work"]): nano(part["weight"]) for (lab, run), body in reference.runs.items() for part in body["works"]}
    stored = {name: weight for name, weight in stored_runs(stack).items() if name[:2] not in reference.withdrawn}
    if wrong := difference(stored, trained):
        raise Broken("committed_once", f"training rows against the receipts: {wrong}")


def attributed(stack: Stack) -> None:
    """At any moment: of a partition that no worker is at, attributed and unattributed quantity make up whole uses."""
    items = stack.items("LedgerTable", "RUNNING#", stored_accruals.DIRECTORY)
    running = {item["sk"] for item in items if item["pk"].startswith("RUNNING#")}
    sums: Counter[str] = Counter()
    for _, row in stored_accruals.rows(stack, items=items):
        if row.partition not in running:
            sums[row.partition] += sum(entry.quantity for entry in row.entries if isinstance(entry, UsageEntry))
    if wrong := {partition: quantity for partition, quantity in sums.items() if quantity % NANO}:
        raise Broken("conserved", f"attributed quantities that are no whole uses: {wrong}")


# ---------------------------------------------------------------- settlements


def table(objects: Mapping[str, bytes], name: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV in the bucket."""
    return csv.DictReader(io.StringIO(objects[name].decode()))


def posted(objects: Mapping[str, bytes], settlement_id: str) -> Posted:
    """A settlement's lines by key."""
    found: Posted = {}
    for row in table(objects, f"{settlement_id}/lines.csv"):
        key = tuple(row[name] for name in KEY)
        if key in found:
            raise Broken("conserved", f"{settlement_id} has two lines under {key}")
        found[key] = (nano(row["quantity"]), pico(row["amount"]), pico(row["shadow"]))
    return found


def add(total: Posted, more: Posted) -> None:
    """Adds lines up, key by key; what comes to nothing is left out."""
    for key, numbers in more.items():
        summed = tuple(a + b for a, b in zip(total.get(key, (0, 0, 0)), numbers, strict=True))
        total[key] = (summed[0], summed[1], summed[2])
        if not any(summed):
            del total[key]


def booked(objects: Mapping[str, bytes], settlement_id: str) -> Posted:
    """What stands in the books as of a settlement."""
    found: Posted = {}
    for month in json.loads(objects[f"{settlement_id}/state/books.json"])["months"].values():
        for name in month["parts"].values():
            for key, numbers in _book_lines(objects[name]):
                add(found, {key: numbers})
    return found


@lru_cache(maxsize=BOOKS_KEPT)
def _book_lines(part: bytes) -> list[tuple[tuple[str, ...], tuple[int, int, int]]]:
    """The claims of a part of the books; a part stays what it is from one settlement to the next, and is read once."""
    return book_lines(gzip.decompress(part).splitlines())


def book_lines(texts: Iterable[bytes]) -> list[tuple[tuple[str, ...], tuple[int, int, int]]]:
    """Claims as books tell them, a line each."""
    fields = map(json.loads, texts)
    return [((*f[1:-4], "", "", "")[: len(KEY)], (int(f[-4]), int(f[-3]), int(f[-2]))) for f in fields]


def telescopes(objects: Mapping[str, bytes], settlement_id: str, total: Posted) -> None:
    """All lines ever posted add up to the books, and those in suspense to the suspense that stands."""
    if wrong := difference(total, booked(objects, settlement_id)):
        raise Broken("conserved", f"the lines up to {settlement_id} against its books: {wrong}")
    standing: Counter[tuple[str, str]] = Counter()
    for key, (_, amount, _) in total.items():
        if key[8] == "suspense":
            standing[key[11], key[12]] += amount
    listed: Counter[tuple[str, str]] = Counter()
    for row in table(objects, f"{settlement_id}/suspense.csv"):
        if row["mechanism"] != BROUGHT_OVER:
            listed[row["reason"], row["currency"]] += pico(row["amount"])
    if wrong := difference(+listed, +standing):
        raise Broken("conserved", f"suspense.csv of {settlement_id} against all lines: {wrong}")
    if negative := {key: pico for key, pico in _paid(total) if pico < 0}:
        raise Broken("conserved", f"after {settlement_id} less than nothing was posted in all: {negative}")


def owed(objects: Mapping[str, bytes], settlement_id: str) -> None:
    """In every manifest: owed = parties + suspense + residue = the lines."""
    manifest = json.loads(objects[f"{settlement_id}/manifest.json"])
    sums: Counter[tuple[str, str]] = Counter()
    for row in table(objects, f"{settlement_id}/lines.csv"):
        sums[row["account"], row["currency"]] += pico(row["amount"])
    for total in manifest["totals"]:
        parts = {name: pico(total[name]) for name in ("owed", "parties", "suspense", "residue")}
        lines = {name: sums[account, total["currency"]] for account, name in _ACCOUNTS.items()}
        if parts["owed"] != sum(lines.values()) or any(parts[name] != amount for name, amount in lines.items()):
            raise Broken("conserved", f"{settlement_id} {total['currency']}: manifest {parts}, lines {lines}")


def _paid(total: Posted) -> Iterator[tuple[tuple[str, ...], int]]:
    """What was posted to parties, by line; what is paid before anybody by month, deal and party: it goes where a line's money goes.

    What a recoupable guarantee topped up is taken off later months, in lines of its own that are left out.
    """
    first: Counter[tuple[str, ...]] = Counter()
    for key, (_, amount, _) in total.items():
        if key[8] == "party" and key[2] != "minimum_guarantee":
            if key[7] == "off_the_top":
                first[key[0], key[1], key[7], key[9], key[12]] += amount
            else:
                yield key, amount
    yield from first.items()


_ACCOUNTS: Final = {"party": "parties", "suspense": "suspense", "residue": "residue"}


def balanced(objects: Mapping[str, bytes], settlement_id: str) -> None:
    """Debits = credits in each entry and currency, and the trial balance ties."""
    entries: Counter[tuple[str, str]] = Counter()
    for row in table(objects, f"{settlement_id}/journal.csv"):
        entries[row["entry_id"], row["currency"]] += pico(row["debit"]) - pico(row["credit"])
    closing: Counter[str] = Counter()
    for row in table(objects, f"{settlement_id}/trial_balance.csv"):
        closing[row["currency"]] += pico(row["closing"])
    if any(entries.values()) or any(closing.values()):
        raise Broken("balanced", f"{settlement_id}: {dict(+entries | +closing)}")


class Sealed:
    """`sealed`: what was sealed once keeps its bytes, and the chain of manifests holds."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self.last = ""

    def take(self, objects: Mapping[str, bytes], settlement_id: str) -> None:
        """A settlement was sealed: its manifest is true and follows the one before."""
        body = objects[f"{settlement_id}/manifest.json"]
        manifest = json.loads(body)
        for entry in manifest["files"]:
            content = objects.get(f"{settlement_id}/{entry['name']}", b"")
            if (hashlib.sha256(content).hexdigest(), len(content)) != (entry["sha256"], entry["bytes"]):
                raise Broken("sealed", f"{settlement_id}/{entry['name']} is not what its manifest says")
        link = manifest["previous"] or {"settlement_id": "", "sha256": ""}
        chained = self._bodies.get(f"{self.last}/manifest.json")
        before = hashlib.sha256(chained).hexdigest() if chained is not None else ""
        if (link["settlement_id"], link["sha256"]) != (self.last, before):
            raise Broken("sealed", f"{settlement_id} follows {link}, the last one sealed is {self.last} with {before}")
        books = json.loads(objects[f"{settlement_id}/state/books.json"])["months"].values()
        names = {f"{settlement_id}/{entry['name']}" for entry in manifest["files"]} | {f"{settlement_id}/manifest.json"}
        for name in {*names, *(key for month in books for key in month["parts"].values())}:
            self._bodies.setdefault(name, objects[name])
        self.last = settlement_id

    def hold(self, objects: Mapping[str, bytes]) -> None:
        """Nothing that was sealed changed or went."""
        for name, body in self._bodies.items():
            if objects.get(name) != body:
                raise Broken("sealed", f"{name} was sealed and changed")


def named(objects: Mapping[str, bytes], settlement_id: str) -> dict[str, bytes]:
    """The files of a settlement that its manifest names, and the manifest: what anybody can download."""
    manifest = f"{settlement_id}/manifest.json"
    names = {f"{settlement_id}/{entry['name']}" for entry in json.loads(objects[manifest])["files"]} | {manifest}
    return {name: objects[name] for name in names}


def unnamed(objects: Mapping[str, bytes], settlement_id: str) -> list[str]:
    """What lies among them and no manifest names."""
    return sorted({name for name in objects if name.startswith(f"{settlement_id}/")} - named(objects, settlement_id).keys())


def audited(objects: Mapping[str, bytes], settlement_id: str) -> None:
    """What an auditor finds in the files alone, with those of the settlement before beside them."""
    link = json.loads(objects[f"{settlement_id}/manifest.json"])["previous"]
    previous = downloaded(named(objects, link["settlement_id"]), link["settlement_id"]) if link else None
    own = downloaded(named(objects, settlement_id), settlement_id)
    wrong = [finding.text for finding in audit.audit(own, previous) if not finding.holds]
    if wrong:
        raise Broken("balanced", f"the audit of {settlement_id}: {wrong}")
