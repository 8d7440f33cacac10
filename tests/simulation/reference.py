"""What was accepted, kept in plain dictionaries, and what must therefore stand in the accrual rows: shares no code with the package."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

NANO: Final = 10**9
PICO: Final = 10**12
Row = tuple[str, ...]
"""month, work key, reporter, day, kind, model, use, territory, currency, band"""


@dataclass
class Batch:
    """A committed batch: its accepted records."""

    reporter: str
    batch_id: str
    records: list[dict[str, Any]]
    accepted_at: str = ""
    withdrawn: bool = False
    voids: list[dict[str, Any]] = field(default_factory=list)
    """What was voided beside its records, of a reporter whose ids are unique."""


@dataclass
class Reference:
    """Every fact that a receipt was given for."""

    batches: dict[tuple[str, str], Batch] = field(default_factory=dict)
    voids: dict[tuple[str, str], Batch] = field(default_factory=dict)
    """Batches that nobody sent: they void what stands beside the highest revision of a unique id."""
    disclosures: list[tuple[str, str, str, str, dict[str, Any]]] = field(default_factory=list)
    runs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    withdrawn: set[tuple[str, str]] = field(default_factory=set)
    """Reports and runs that count no more, by lab."""
    restated: set[tuple[str, str]] = field(default_factory=set)
    """Runs of which several revisions were stated, by lab: which of them stands is not asked of the order of answers."""
    liquidations: list[dict[str, Any]] = field(default_factory=list)

    def batch(self, reporter: str, body: dict[str, Any], receipt: dict[str, Any]) -> list[str]:
        """A batch with its receipt; the same one again changes nothing. What it corrects, and how, by the names of `deeds`."""
        if (reporter, body["batch_id"]) in self.batches:
            return []
        refused = {fault["index"] for fault in receipt["rejected"]}
        kept = [record for index, record in enumerate(body["records"]) if index not in refused]
        before = {_identity(reporter, record): record.get("revision", 0) for batch in self.batches.values() for record in batch.records}
        self.batches[reporter, body["batch_id"]] = Batch(reporter, body["batch_id"], kept, receipt["accepted_at"])
        return [kind for record in kept for kind in _corrections(record, before.get(_identity(reporter, record)))]

    def report(self, licensee: str, body: dict[str, Any], receipt: dict[str, Any]) -> None:
        """An attribution report with its receipt."""
        known = any(known[:2] == (receipt["accepted_at"], body["report_id"]) and known[2] == licensee for known in self.disclosures)
        if known or (licensee, body["report_id"]) in self.withdrawn:
            return
        refused = {fault["index"] for fault in receipt["rejected"]}
        for index, record in enumerate(body["records"]):
            if index not in refused:
                self.disclosures.append((receipt["accepted_at"], body["report_id"], licensee, body["model"], record))

    def withdraw_report(self, licensee: str, report: str) -> None:
        """It was never said."""
        self.withdrawn.add((licensee, report))
        self.disclosures = [known for known in self.disclosures if (known[2], known[1]) != (licensee, report)]

    def run_refused(self, licensee: str, body: dict[str, Any]) -> None:
        """A revision that was refused: a try of it that was not answered may be there all the same, displaced by a higher one at once."""
        if (licensee, name := _run_name(body)) not in self.runs:
            self.withdrawn.add((licensee, name))

    def run(self, licensee: str, body: dict[str, Any]) -> None:
        """A run in one of its revisions: the highest of those that were not taken back counts."""
        run, revision, name = body["run_id"], body.get("revision", 0), _run_name(body)
        others = {other: one.get("revision", 0) for (who, other), one in self.runs.items() if who == licensee and one["whole"] == run}
        if (licensee, name) in self.withdrawn or name in others:
            return
        if any(other > revision for other in others.values()):
            self.withdrawn.add((licensee, name))
            return
        for other in others:
            self.withdraw_run(licensee, other)
        self.runs[licensee, name] = body | {"run_id": name, "whole": run}

    def withdraw_run(self, licensee: str, run: str) -> None:
        """It was never trained."""
        self.withdrawn.add((licensee, run))
        self.runs.pop((licensee, run), None)

    def in_force(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Model and disclosure of each output: its first discloser's highest revision."""
        by_output: dict[str, list[tuple[str, str, str, str, dict[str, Any]]]] = {}
        for known in self.disclosures:
            by_output.setdefault(known[4]["output_id"], []).append(known)
        found = {}
        for output, history in by_output.items():
            owner = min(history, key=lambda known: known[:3])[2]
            mine = [known for known in history if known[2] == owner]
            best = max(mine, key=lambda known: (known[4].get("revision", 0), known[0], known[1]))
            found[output] = (best[3], best[4])
        return found

    def winners(self) -> list[tuple[str, dict[str, Any]]]:
        """Of each record identity the first of its highest revision, with its reporter."""
        best: dict[tuple[str, ...], tuple[tuple[Any, ...], dict[str, Any]]] = {}
        for batch in sorted([*self.batches.values(), *self.voids.values()], key=lambda batch: (batch.accepted_at, batch.batch_id)):
            for record in [] if batch.withdrawn else [*batch.records, *batch.voids]:
                moved = [record | record["replaces"] | {"quantity": 0, "revenue": "0"}] if "replaces" in record else []
                for stated in (record, *moved):
                    identity, rank = _identity(batch.reporter, stated), stated.get("revision", 0)
                    if identity not in best or rank > best[identity][0]:
                        best[identity] = (rank, stated)
        return [(identity[0], record) for identity, (_, record) in best.items()]

    def rows(self) -> dict[Row, tuple[int, int]]:
        """Attributed quantity (1e-9) and revenue (1e-21) by all that a row's entry keeps."""
        quantities: Counter[Row] = Counter()
        revenues: Counter[Row] = Counter()
        disclosed = self.in_force()
        for reporter, record in self.winners():
            pico, currency = _money(record)
            for key, kind, model, band, share in _split(record["subject"], disclosed):
                if share and record["quantity"]:
                    told = (record["used_on"][:7], key, reporter, record["used_on"], kind, model)
                    row = (*told, _use(record), record["territory"], currency, band)
                    quantities[row] += record["quantity"] * share
                    revenues[row] += pico * share
        return {row: (quantities[row], revenues[row]) for row in quantities}


def _run_name(body: dict[str, Any]) -> str:
    revision = body.get("revision", 0)
    return f"{body['run_id']}~r{revision}" if revision else str(body["run_id"])


def _identity(reporter: str, record: dict[str, Any]) -> tuple[str, ...]:
    return reporter, record["used_on"], record["subject"], record["record_id"]


def _corrections(record: dict[str, Any], before: int | None) -> list[str]:
    found = [f"a correction of the {'day' if name == 'used_on' else name}" for name in record.get("replaces", ())]
    if before is not None and record.get("revision", 0) > before:
        found.append("a correction that is void" if not record["quantity"] else "a correction of a higher revision")
    return [*found, "a correction of the same revision"] if record.get("revision", 0) == before else found


def _money(record: dict[str, Any]) -> tuple[int, str]:
    return int(Decimal(record.get("revenue", "0")) * PICO), record.get("currency", "")


def nano(text: str) -> int:
    """A share or weight in 1e-9."""
    return int(Decimal(text) * NANO)


def _use(record: dict[str, Any]) -> str:
    """A use with its service, as rows keep it; `unpaid` where it bears no royalty."""
    paid = "" if record.get("royalty_bearing", True) else "unpaid:"
    return f"{paid}{record['use']}" + (f"@{record['service']}" if "service" in record else "")


def _split(subject: str, disclosed: dict[str, tuple[str, dict[str, Any]]]) -> list[tuple[str, str, str, str, int]]:
    """Work key, kind, model, band and share, over one whole, or one of each side."""
    output = subject.removeprefix("output:")
    if output == subject:
        return [(subject, "play", "", "-1", NANO)]
    if output not in disclosed:
        return [("unattributed", "output", "", "-1", NANO)]
    model, record = disclosed[output]
    left = {"output:recording": NANO, "output:composition": NANO} if record.get("basis") == "by_side" else {"output": NANO}
    parts = []
    for share in record["shares"]:
        kind = "output"
        if record.get("basis") == "by_side":
            kind = f"output:{share.get('side') or _SIDES[share['work'].split(':')[0]]}"
        parts.append((share["work"], kind, model, _band(share.get("confidence", record["confidence"])), nano(share["share"])))
        left[kind] = left.get(kind, NANO) - parts[-1][-1]
    return [*parts, *(("unattributed", kind, model, _band(record["confidence"]), rest) for kind, rest in left.items())]


_SIDES: Final = {"isrc": "recording", "iswc": "composition", "isni": "likeness"}


def _band(confidence: str) -> str:
    """Ten times the confidence, floored."""
    return str(nano(confidence) * 10 // NANO)
