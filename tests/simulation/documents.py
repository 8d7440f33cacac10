"""What documents and views of single things say, against the lines that were sealed and the records that have receipts."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Final

from overtone.formats import cdm
from tests.simulation import world
from tests.simulation.accounts import same, sums
from tests.simulation.actors import Broken
from tests.simulation.invariants import pico, table
from tests.simulation.reference import PICO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.simulation.simulation import Simulation

DSR_ALLOCATED: Final = 9
"""Where `AllocatedAmount` stands in a record LI01 of a DSR."""


def agree(play: Simulation) -> None:
    """Of one settlement its statements, reports and claims; of outputs what was used of them."""
    sealed = sorted(name for name, record in play.actors.settlements.items() if record["status"] == "sealed")
    objects, name = play.stack.objects("SettlementBucket"), play.dice.choice(sealed)
    lines = list(table(objects, f"{name}/lines.csv"))
    files = {one["name"]: objects[f"{name}/{one['name']}"] for one in json.loads(objects[f"{name}/manifest.json"])["files"]}
    _statements(files, lines)
    _reports(files, lines)
    _claims(play, name, lines)
    _outputs(play)


def _statements(files: Mapping[str, bytes], lines: list[dict[str, str]]) -> None:
    """What a payee is told that it earned is what its lines say."""
    told = [json.loads(body) for path, body in files.items() if path.startswith("statements/") and path.endswith(".json")]
    earned = sums((one | {"party_id": said["party_id"]} for said in told for one in said["balances"]), "earned", "party_id", "currency")
    mine = [line for line in lines if line["account"] == "party"]
    same("what statements say was earned", earned, sums(mine, "amount", "party_id", "currency"))


def _reports(files: Mapping[str, bytes], lines: list[dict[str, str]]) -> None:
    """What a licensor is told that the use of its works brought is what its lines of the licensee say."""
    for path, body in files.items():
        if path.startswith("reports/"):
            licensor, _, licensee = path.removeprefix("reports/").removesuffix(".dsr.tsv").partition("@")
            records = [record.split("\t") for record in body.decode().splitlines()]
            told = [{"amount": record[DSR_ALLOCATED]} for record in records if record[0] == "LI01"]
            mine = [one for one in lines if (one["party_id"], one["licensee"]) == (licensor, licensee) and one["work_key"]]
            same(path, sums(told, "amount"), sums(mine, "amount"))


def _claims(play: Simulation, name: str, lines: list[dict[str, str]]) -> None:
    """Licensees are told every claim behind what they owe."""
    for licensee in world.REPORTERS:
        reply = play.actors.call("GET", f"/v1/settlements/{name}/claims/{licensee}", None, "finance")
        if reply.status != 200:
            raise Broken("listed", f"claims of {licensee} by {name} -> {reply.status} {reply.text[:300]}")
        records = list(csv.reader(io.StringIO(reply.text), delimiter="\t", quoting=csv.QUOTE_NONE))
        mine = [line for line in lines if line["licensee"] == licensee]
        claimed = [dict(zip(cdm.CLAIM, record, strict=True)) for record in records if record[0] == "CD01.01"]
        same(f"claims of {licensee}", sums(claimed, "ClaimedAmount", "ClaimId"), sums(mine, "amount", "line_id"))
        totals = [dict(zip(cdm.SUMMARY, record, strict=True)) for record in records if record[0] == "CS01.01"]
        whole = sums(totals, "TotalClaimedAmount", "CurrencyOfInvoicing")
        same(f"all claims of {licensee}", whole, sums(mine, "amount", "currency"))


def _outputs(play: Simulation) -> None:
    """What was used of an output is what has receipts, by month, reporter, use and currency."""
    winners = play.actors.reference.winners()
    for output in world.OUTPUTS:
        mine = [(reporter, record) for reporter, record in winners if record["subject"] == f"output:{output}" and record["quantity"]]
        reply = play.actors.call("GET", f"/v1/outputs/{output}", None, "finance")
        if reply.status != 200 and (mine or reply.status != 404):
            raise Broken("listed", f"output {output} -> {reply.status} {reply.text[:300]}")
        found: Counter[tuple[str, ...]] = Counter()
        for used in reply.json()["usage"] if reply.status == 200 else ():
            found[used["month"], used["reporter"], used["use"], used.get("currency", "")] += used["quantity"] * PICO + pico(
                used.get("revenue", "0")
            )
        expected: Counter[tuple[str, ...]] = Counter()
        for reporter, record in mine:
            key = record["used_on"][:7], reporter, record["use"], record.get("currency", "")
            expected[key] += record["quantity"] * PICO + pico(record.get("revenue", "0"))
        same(f"usage of {output}", found, expected)
