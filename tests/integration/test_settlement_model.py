"""The deployed system against the slow model: random worlds through the HTTP API, settled, changed, and settled again.

OVERTONE_WORLDS=20 tries more of them.
"""

from __future__ import annotations

import os
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from overtone.facts.reports import SCOPE
from overtone.money import parse_amount
from tests.integration import scenario
from tests.model.settling import Chain, known_months, settled
from tests.unit.random_deals import LATE
from tests.unit.random_facts import NEVER, World
from tests.unit.scenarios import CUTOFF, no_facts, version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.stack import Stack
    from tests.unit.scenarios import Facts

SEEDS = range(int(os.environ.get("OVERTONE_WORLDS", "2")))
MONTHS = ("2026-08", "2026-09", "2026-10", "2026-11", "2026-12")
COLUMNS = (
    *("usage_month", "deal_id", "mechanism", "licensee", "model", "work_key", "work_id", "side"),
    *("account", "party_id", "member_id", "reason", "currency", "territory", "use", "service"),
)
REGISTERED = ("fox", "gnu", "tax", "soc", "pro", "ann", "bo", "cy")
EARLY = "2026-01-01T00:00:00.000000Z"


class Posted:
    """Puts facts through the API; remembers those that were taken, as the model reads them."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.known, self.posts = stack, no_facts(), 0
        self.open: list[tuple[str, int, dict[str, Any]]] = []
        self.asked: list[tuple[str, str, dict[str, Any], int]] = []
        self.reports: list[tuple[str, str]] = []

    def withdraw(self, rng: Random) -> None:
        """Some of the reports of outputs count no more."""
        for place, (licensee, report) in enumerate(self.reports):
            if rng.random() < 0.4:
                reply = self.stack.http("DELETE", f"/v1/attributions/{report}", party=licensee, scope="disclosures.write")
                assert (reply.status, reply.json()["status"]) == (200, "withdrawn")
                self.known["disclosures"][place] = self.known["disclosures"][place] | {"withdrawn": True}

    def register(self, facts: Facts, *, late: bool) -> None:
        for party, mandate, kept, place in self.asked if late else ():
            reply = self.stack.http("POST", f"/v1/parties/{party}/mandates/{mandate}:accept", scope="admin", json={})
            assert reply.status in {200, 409}, reply.text  # too late, where the party does not state it any more
            kept["mandates_at"][place] = LATE if reply.status == 200 else NEVER
        for name, number, kept in self.open if late else ():
            reply = self.stack.http("POST", f"/v1/deals/{name}/versions/{number}:accept", scope="admin", json={})
            assert reply.status in {200, 409}, reply.text  # too late, where a later version was accepted before
            kept["accepted_at"] = LATE if reply.status == 200 else NEVER
        for kind, names in (("parties", REGISTERED), ("works", sorted(facts["works"])), ("deals", sorted(facts["deals"]))):
            for name in names:
                for stated in facts[kind].get(name, ()):
                    if (stated["recorded_at"] == LATE) == late:
                        self._put(kind, name, stated, EARLY if not late else LATE)

    def _put(self, kind: str, name: str, stated: dict[str, Any], recorded_at: str) -> None:
        body = stated["content"] | {"effective_from": stated["effective_from"]}
        accepted_at = stated["accepted_at"] if stated.get("accepted_at") in {LATE, NEVER} else recorded_at
        if accepted_at > recorded_at or any(at > recorded_at for at in stated.get("mandates_at", ())):
            body["propose"] = True
        reply = self.stack.http("PUT", f"/v1/{kind}/{name}", scope="admin", json=body)
        if reply.status in {200, 201}:
            kept = stated | {"recorded_at": recorded_at} | ({"accepted_at": accepted_at} if kind == "deals" else {})
            self.known[kind].setdefault(name, []).append(kept)
            if kind == "parties" and "mandates_at" in stated:
                self._ask(name, kept, recorded_at, reply.json())
            if kind == "parties" and "ends" in stated:
                self._end(name, kept, recorded_at, reply.json())
            if accepted_at == LATE > recorded_at:
                kept["accepted_at"] = NEVER
                self.open.append((name, reply.json()["version"], kept))
        else:
            assert reply.status in {409, 422}, reply.text  # a world may say what a register refuses

    def _ask(self, name: str, kept: dict[str, Any], recorded_at: str, reply: dict[str, Any]) -> None:
        """Accept at once, or remember to accept later, those of a party's mandates that are new."""
        times, mandates = kept["mandates_at"], kept["content"]["mandates"]
        places = [place for place, mandate in enumerate(mandates) if mandate not in mandates[:place]]
        kept["mandates_at"] = [min(at, recorded_at) if at not in {LATE, NEVER} else NEVER for at in times]
        for place, stands in zip(places, reply.get("accords", ()), strict=True):
            if stands["status"] != "proposed":
                continue
            if times[place] == LATE > recorded_at:
                self.asked.append((name, stands["mandate"], kept, place))
            elif times[place] != NEVER:
                kept["mandates_at"][place] = recorded_at
                path = f"/v1/parties/{name}/mandates/{stands['mandate']}:accept"
                assert self.stack.http("POST", path, scope="admin", json={}).status == 200

    def _end(self, name: str, kept: dict[str, Any], recorded_at: str, reply: dict[str, Any]) -> None:
        """End at once those of a party's mandates that are new, count, and end later than today."""
        mandates, drawn = kept["content"]["mandates"], kept["ends"]
        kept["ends"] = [None for _ in mandates]
        places = [place for place, mandate in enumerate(mandates) if mandate not in mandates[:place]]
        for place, stands in zip(places, reply.get("accords", ()), strict=True):
            if drawn[place]:
                path = f"/v1/parties/{name}/mandates/{stands['mandate']}:end"
                answer = self.stack.http("POST", path, scope="admin", json={"from": drawn[place][0]})
                assert answer.status in {200, 409, 422}, answer.text  # nobody accepted it yet, or the day has begun
                kept["ends"][place] = [drawn[place][0], recorded_at] if answer.status == 200 else None

    def tell(self, facts: Facts) -> None:
        for record in facts["usage"]:
            self._post("usage", "/v1/usage", record["reporter"], "usage.write", record, {"batch_id": self._name(), "records": [record]})
        for disclosed in facts["disclosures"]:
            shares = [_share(work, share, disclosed) for work, share in disclosed["shares"].items()]
            about = {"report_id": self._name(), "model": disclosed["model"], "method": "sureel", "method_version": "1"}
            output = {name: disclosed[name] for name in ("output_id", "revision", "confidence", "basis") if name in disclosed}
            body = about | {"records": [output | {"shares": shares}]}
            self._post("disclosures", "/v1/attributions", disclosed["model"][:3], "disclosures.write", disclosed, body)
            if self.known["disclosures"] and self.known["disclosures"][-1] is disclosed:
                self.reports.append((disclosed["model"][:3], body["report_id"]))
        for run in facts["runs"]:
            body = {name: run[name] for name in ("run_id", "model", "trained_on")}
            works = [{"work": work, "weight": weight} for work, weight in run["works"].items()]
            self._post("runs", "/v1/training-runs", run["licensee"], "disclosures.write", run, body | {"works": works})
        for report in facts["revenue"]:
            body = {
                name: report[name] for name in ("month", "currency", "net_revenue", "subscribers", "revision", *SCOPE) if name in report
            }
            self._post("revenue", "/v1/revenue", report["licensee"], "disclosures.write", report, body | {"report_id": self._name()})
        for levy in facts["levies"]:
            body = {name: value for name, value in levy.items() if name != "administrator"}
            self._post("levies", "/v1/levies", levy["administrator"], "admin", levy, body)

        for hold in facts["holds"]:
            body = {name: hold[name] for name in ("licensee", "reporter", "work", "subject", "months") if name in hold}
            reply = self.stack.http("POST", "/v1/holds", scope="finance", json=body | {"hold_id": self._name(), "reason": "odd plays"})
            assert reply.status in {201, 422}, reply.text  # a world may hold what is not registered, or was never used
            self.known["holds"] += [body | {"recorded_at": EARLY}] if reply.status == 201 else []

    def _post(self, kind: str, path: str, party: str, scope: str, fact: dict[str, Any], body: dict[str, Any]) -> None:
        reply = self.stack.http("POST", path, party=party, scope=scope, json=body)
        assert reply.status == 201, reply.text
        assert not reply.json().get("rejected"), reply.text
        self.known[kind].append(fact)

    def _name(self) -> str:
        self.posts += 1
        return f"post-{self.posts}"


def _share(work: str, share: str, disclosed: dict[str, Any]) -> dict[str, str]:
    """A share as a lab discloses it, with its side and a confidence of its own if need be."""
    side, own = disclosed.get("sides", {}).get(work), disclosed.get("confidences", {}).get(work)
    return {"work": work, "share": share} | ({"side": side} if side else {}) | ({"confidence": own} if own else {})


def reachable(facts: Facts) -> Facts:
    """Deals begin in September, lest guarantees of years ago be settled; liquidations wait for their window, and only a dispute
    contests a share: both are left out."""
    for versions in facts["works"].values():
        for stated in versions:
            stated["content"].pop("contested", None)
    for versions in facts["deals"].values():
        for stated in versions:
            stated["content"]["from"] = max(stated["content"]["from"], "2026-09-01")
            stated["effective_from"] = max(stated["effective_from"], stated["content"]["from"])
    return facts | {"liquidations": []}


def flat(facts: Facts) -> Facts:
    """The same without anything that ties a month's works together: then a settlement looks at the works that changed alone."""
    for deal_id, versions in list(facts["deals"].items()):
        for stated in versions:
            terms = [terms for terms in stated["content"]["terms"] if terms["mechanism"] in {"per_output", "micro_royalty", "direct_play"}]
            kept = [terms for terms in terms if not terms.get("confidence") and terms.get("combine") != "greater_of"]
            stated["content"]["terms"] = kept or [{"mechanism": "per_output", "rate": "0.000000000017"}]
        facts["deals"][deal_id] = versions
    return facts | {"levies": []}


def halves(facts: Facts, rng: Random) -> tuple[Facts, Facts]:
    """What is told before the first settlement, and what after it."""
    first, second = no_facts(), no_facts()
    for kind in ("usage", "disclosures", "runs", "revenue", "levies", "holds"):
        for fact in facts[kind]:
            (first if rng.random() < 0.6 else second)[kind].append(fact)
    return first, second


def posted_sums(stack: Stack, *settlements: str) -> dict[tuple[str, ...], tuple[int, int]]:
    """Amount and shadow by line key over all lines ever posted."""
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for settlement in settlements:
        for line in scenario.lines_of(stack, settlement):
            key = tuple(line[column] for column in COLUMNS)
            sums[key][0] += parse_amount(line["amount"])
            sums[key][1] += parse_amount(line["shadow"])
    return {key: (amount, shadow) for key, (amount, shadow) in sums.items() if amount or shadow}


def expected(facts: Facts) -> dict[tuple[str, ...], tuple[int, int]]:
    return as_lines(settled(facts, MONTHS, CUTOFF, "2026-12"))


def as_lines(lines: Mapping[Any, Any]) -> dict[tuple[str, ...], tuple[int, int]]:
    return {tuple(key): tuple(line) for key, line in lines.items()}


def settle(stack: Stack, settlement: str, rates: dict[tuple[str, str], Any], through: str = "2026-12") -> None:
    posted = [{"from": pair[0], "to": pair[1], "rate": f"{float(rate):.7f}", "source": "test"} for pair, rate in rates.items()]
    reply = stack.http("PUT", f"/v1/fx/{settlement}", scope="finance", json={"rates": posted})
    assert reply.status in {200, 201}, reply.text
    shown = scenario.settle(stack, settlement, through)
    assert shown["status"] == "sealed", shown
    assert not stack.errors, stack.errors


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_two_settlements_together_are_what_the_model_says(stack: Stack, seed: int) -> None:
    facts = reachable(World(Random(seed)).facts())
    if seed % 2:
        facts = flat(facts)
    first, second = halves(facts, Random(seed))
    posted = Posted(stack)
    posted.known["rates"] = facts["rates"]
    stack.at("2027-01-05T08:00:00Z")
    posted.register(facts, late=False)
    posted.tell(first)
    scenario.accrue(stack, "2027-01-05T09:00:00Z")
    stack.at("2027-01-10T06:00:00Z")
    settle(stack, "one", facts["rates"])
    assert posted_sums(stack, "one") == expected(posted.known)
    stack.at("2027-02-01T08:00:00Z")
    posted.register(facts, late=True)
    posted.withdraw(Random(seed))
    posted.tell(second)
    scenario.accrue(stack, "2027-02-01T09:00:00Z")
    stack.at("2027-02-10T06:00:00Z")
    settle(stack, "two", facts["rates"])
    assert posted_sums(stack, "one", "two") == expected(posted.known)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 100 + len(SEEDS) // 2))
def test_month_after_month_it_comes_to_what_the_model_says(stack: Stack, seed: int) -> None:
    facts = reachable(World(Random(seed)).facts())
    first, second = halves(facts, Random(seed))
    posted = Posted(stack)
    posted.known["rates"] = facts["rates"]
    stack.at("2027-01-05T08:00:00Z")
    posted.register(facts, late=False)
    posted.tell(first)
    scenario.accrue(stack, "2027-01-05T09:00:00Z")
    settlements, chain = [], Chain()
    for number, through in enumerate(("2026-10", "2026-11", "2026-12", "2026-12")):
        stack.at(f"2027-02-1{number}T06:00:00Z")
        settlements.append(f"s{number}")
        settle(stack, settlements[-1], facts["rates"], through)
        assert posted_sums(stack, *settlements) == as_lines(
            chain.settle(posted.known, known_months(posted.known, through), CUTOFF, through)
        )
        if through == "2026-11":
            posted.register(facts, late=True)
            posted.tell(second)
            scenario.accrue(stack, "2027-02-11T09:00:00Z")
    assert not scenario.lines_of(stack, settlements[-1])  # nothing new was known


def test_a_month_of_which_only_a_levy_and_a_revenue_are_known_is_settled(stack: Stack) -> None:
    posted = Posted(stack)
    stack.at("2027-01-05T08:00:00Z")
    parties = {name: [version(World(Random(0)).party("soc") | {"name": name, "mandates": []})] for name in ("fox", "tax", "ann")}
    parties["fox"][0]["content"]["kind"] = "licensee"
    pool = {"mechanism": "revenue_pool", "share": "0.5", "basis": "influence"}
    deal = {"licensee": "fox", "licensor": None, "currency": "USD", "from": "2026-09-01", "terms": [pool]}
    posted.register(no_facts() | {"parties": parties, "deals": {"deal": [version(deal, "2026-09-01")]}}, late=False)
    about = {"month": "2026-11", "currency": "USD"}
    revenue = about | {"licensee": "fox", "net_revenue": "10", "subscribers": 0, "revision": 0}
    levy = about | {"levy_id": "levy", "amount": "3", "distribution": {"party": "ann"}, "administrator": "tax"}
    posted.tell(no_facts() | {"revenue": [revenue], "levies": [levy | {"month": "2026-10"}]})
    settle(stack, "one", {})
    lines = scenario.lines_of(stack, "one")
    assert [(line["usage_month"], line["party_id"], line["reason"], line["amount"]) for line in lines] == [
        ("2026-11", "", "unattributed", "5"),
        ("2026-10", "ann", "", "3"),
    ]
