"""`make demo DEAL=stim-2025`: settle one published model of a deal on the local stack, compare it with what it must come to, explain it.

Each file in `events/deals/` has a source, a small month of facts as callers send them, and the lines that must come out.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local.demo import PARAMETERS, Unexpected, performed

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

ROOT: Final = Path(__file__).parent.parent
DEALS: Final = ROOT / "events" / "deals"
BUCKETS: Final = 4
SETTLEMENT: Final = "gallery"
DETAIL: Final = ("territory", "use", "service")


def names() -> list[str]:
    """Every deal of the gallery."""
    return sorted(path.stem for path in DEALS.glob("*.json"))


def load(name: str) -> dict[str, Any]:
    """One deal of the gallery."""
    found: dict[str, Any] = json.loads((DEALS / f"{name}.json").read_text(encoding="utf-8"))
    return found


class Month:
    """Sends a deal's facts to the API and settles October 2026."""

    def __init__(self, stack: Stack, deal: dict[str, Any]) -> None:
        self.stack, self.facts, self.sent = stack, deal["facts"], 0

    def settle(self) -> list[dict[str, str]]:
        """The settlement's lines."""
        self.stack.tick("2026-09-01T08:00:00Z")
        self._register()
        self.stack.tick("2026-11-01T08:00:00Z")
        self._report()
        self.stack.tick("2026-11-01T09:00:00Z")
        self._send("POST", "/v1/settlements", "finance", {"settlement_id": SETTLEMENT, "through": "2026-10"}, scope="finance")
        self.stack.drain()
        shown = self.stack.http("GET", f"/v1/settlements/{SETTLEMENT}", scope="finance").json()
        if shown["status"] != "sealed" or self.stack.errors:
            raise Unexpected(f"{shown} {self.stack.errors}")
        text = self.stack.objects("SettlementBucket")[f"{SETTLEMENT}/lines.csv"].decode()
        return list(csv.DictReader(io.StringIO(text)))

    def explained(self, line: dict[str, str]) -> str:
        """A line, explained as text."""
        path = f"/v1/explain/{SETTLEMENT}/{line['line_id']}"
        return self.stack.http("GET", path, scope="finance", query={"format": "text"}).text

    def _register(self) -> None:
        for kind in ("parties", "works", "deals"):
            later = [(name, versions) for name, versions in self.facts[kind].items() if _mandates(versions)]
            first = [(name, versions) for name, versions in self.facts[kind].items() if not _mandates(versions)]
            for name, versions in first + later:
                for version in versions:
                    self._send("PUT", f"/v1/{kind}/{name}", "", version["content"], scope="admin")

    def _report(self) -> None:
        for run in self.facts["runs"]:
            works = [{"work": work, "weight": weight} for work, weight in run["works"].items()]
            said = {name: run[name] for name in ("run_id", "model", "trained_on")}
            self._send("POST", "/v1/training-runs", run["licensee"], said | {"works": works}, scope="disclosures.write")
        for output in self.facts["disclosures"]:
            sides = output.get("sides", {})
            shares = [{"work": work, "share": share} | _said(side=sides.get(work)) for work, share in output["shares"].items()]
            record = {name: output[name] for name in ("output_id", "revision", "confidence", "basis") if name in output} | {
                "shares": shares
            }
            about = {"report_id": self._name(), "model": output["model"], "method": "example", "method_version": "1"}
            self._send("POST", "/v1/attributions", "lab", about | {"records": [record]}, scope="disclosures.write")
        for record in self.facts["usage"]:
            body = {"batch_id": self._name(), "records": [{name: said for name, said in record.items() if name != "reporter"}]}
            self._send("POST", "/v1/usage", record["reporter"], body, scope="usage.write")
        for report in self.facts["revenue"]:
            said = {name: value for name, value in report.items() if name != "licensee"}
            self._send("POST", "/v1/revenue", report["licensee"], said, scope="disclosures.write")
        for levy in self.facts["levies"]:
            said = {name: value for name, value in levy.items() if name != "administrator"}
            self._send("POST", "/v1/levies", levy["administrator"], said, scope="admin")

    def _send(self, method: str, path: str, party: str, body: dict[str, Any], scope: str) -> Response:
        reply = self.stack.http(method, path, party=party or None, scope=scope, json=body)
        if reply.status not in {200, 201, 202} or reply.json().get("rejected"):
            raise Unexpected(f"{method} {path}: {reply.status} {reply.text}")
        return reply

    def _name(self) -> str:
        self.sent += 1
        return f"sent-{self.sent}"


def _said(**fields: str | None) -> dict[str, str]:
    """The fields that say something."""
    return {name: text for name, text in fields.items() if text}


def _mandates(versions: list[dict[str, Any]]) -> bool:
    return any(version["content"].get("mandates") or version["content"].get("composition") for version in versions)


def told(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    """Lines as the gallery states them, without those that come to nothing."""
    return sorted(
        (
            {
                "mechanism": line["mechanism"],
                "side": line["side"],
                "payee": line["party_id"] or line["reason"] or line["account"],
                "member": line["member_id"] if line["member_id"] != line["party_id"] else "",
                "work": line["work_key"],
                "amount": line["amount"],
                "currency": line["currency"],
            }
            | _said(**{name: line[name] for name in DETAIL})
            for line in lines
            if Decimal(line["amount"])
        ),
        key=str,
    )


def _row(line: dict[str, str]) -> str:
    apart = "".join(f", {line[name]}" for name in DETAIL if name in line)
    return f"  {line['amount']:>12} {line['currency']}  {line['payee']:<14} {line['mechanism']}, {line['side']} {line['work']}{apart}"


def play(stack: Stack, name: str) -> str:
    """Settle a deal of the gallery; its lines and one of them explained, as text. Raises `Unexpected` where a line is not as stated."""
    deal = load(name)
    month = Month(stack, deal)
    lines = month.settle()
    if told(lines) != sorted(deal["expected"], key=str):
        raise Unexpected(f"{name} comes to {told(lines)}, not to {deal['expected']}")
    table = [_row(line) for line in told(lines)]
    largest = max(lines, key=lambda line: (Decimal(line["amount"]), line["line_id"]))
    return "\n".join([deal["title"], f"Source: {deal['source']}", deal["about"], "", *table, "", month.explained(largest)])


def main() -> int:
    """Exit code 0 only if the lines are those that the deal states."""
    parser = argparse.ArgumentParser(description="Settle one published model of a deal and explain it.")
    parser.add_argument("deal", choices=names())
    options = parser.parse_args()
    return performed(PARAMETERS | {"LedgerBuckets": BUCKETS}, lambda stack: print(play(stack, options.deal)))


if __name__ == "__main__":
    sys.exit(main())
