"""Random changes of a random world, each told twice: as a scenario says it, and as facts that had always been so."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.unit.random_deals import COMPOSITIONS, MONTHS, RECORDINGS
from tests.unit.random_facts import World
from tests.unit.scenarios import version

if TYPE_CHECKING:
    from random import Random

    from tests.unit.scenarios import Facts

Change = dict[str, Any]
FOREVER = "0001-01-01"

ASKED: dict[str, Any] = {
    "what_if_id": "w",
    "months": ["2026-10"],
    "compare": "sealed",
    "title": "",
    "about": "",
    "source": "",
    "party": "",
    "change": [],
}
"""A what-if that changes nothing, as its record says what was asked."""


def _known(facts: Facts) -> set[str]:
    named = {key for versions in facts["works"].values() for one in versions for key in one["content"].get("identifiers", ())}
    return named | {f"work:{name}" for name in facts["works"]}


def _used(facts: Facts) -> set[str]:
    disclosed = {work for output in facts["disclosures"] for work in output["shares"]}
    played = {record["subject"] for record in facts["usage"] if not record["subject"].startswith("output:")}
    return disclosed | played | {work for run in facts["runs"] for work in run["works"]}


class Changes:
    """Draws one step of a scenario and applies it to a copy of the facts, without the package."""

    BEGAN = "2025-01-01"
    """The day from which a deal that is drawn anew is in force."""

    def __init__(self, rng: Random) -> None:
        self.world, self.months, self.works = World(rng), [*MONTHS], [*RECORDINGS, *COMPOSITIONS]
        self.rng = rng

    def drawn(self, facts: Facts) -> tuple[Change, Facts]:
        told, changed = Change(), copy.deepcopy(facts)  # what is told is copied too: later entries change the facts in place
        for kind in ("deals", "levies", "consent", "eligibility", "attribution", "registry", "permissions"):
            if self.rng.random() < 0.5:
                entries = [entry for _ in range(self.rng.randint(1, 2)) if (entry := copy.deepcopy(getattr(self, kind)(changed)))]
                if entries:
                    told[kind] = entries
        return told, changed

    def named(self, facts: Facts) -> list[str]:
        return self.world.pick(["*"], self.world.some(sorted(facts["deals"]), 1)) if facts["deals"] else ["*"]

    def contents(self, facts: Facts, names: list[str]) -> list[dict[str, Any]]:
        return [one["content"] for name, versions in facts["deals"].items() if "*" in names or name in names for one in versions]

    def deals(self, facts: Facts) -> Change | None:
        names = sorted(facts["deals"])
        kind = self.world.pick("replace", "patch", "add", "end", "end on")
        if kind == "add" or not names:
            name = f"deal{len(names)}-{self.rng.randint(0, 10**9)}"
            deal = self.fresh()
            facts["deals"][name] = [version(deal, deal["from"])]
            return {"add": name, "deal": deal}
        name = self.rng.choice(names)
        if kind == "replace":
            deal = self.fresh()
            facts["deals"][name] = [version(deal, deal["from"])]
            return {"replace": name, "deal": deal}
        if kind == "patch":
            patch = {
                "territories": self.world.pick(["SE"], ["*"]),
                "sides": self.world.pick(None, {"recording": "0.25", "composition": "0.5"}),
            }
            for content in self.contents(facts, [name]):
                content["territories"] = patch["territories"]
                sides = content.pop("sides", {})
                if patch["sides"]:
                    content["sides"] = sides | patch["sides"]  # as a merge patch: a side that it does not name stays
            return {"replace": name, "patch": patch}
        day = "2026-11-14"
        due = any("instalments" in terms for content in self.contents(facts, [name]) for terms in content["terms"])
        began = [one for one in facts["deals"][name] if one["content"]["from"] <= day and one["effective_from"] <= day]
        if kind == "end" or due or not began:
            del facts["deals"][name]
            return {"end": name}
        facts["deals"][name] = began
        for one in began:
            one["content"]["to"] = min(day, one["content"].get("to") or day)
        return {"end": name, "on": day}

    def fresh(self) -> dict[str, Any]:
        deal: dict[str, Any] = self.world.deal() | {"from": self.BEGAN}
        for terms in deal["terms"]:
            if "instalments" in terms:
                terms["instalments"] = [{"on": self.BEGAN, "amount": "5"}]
        return deal

    def levies(self, facts: Facts) -> Change:
        kind = self.world.pick("add", "amount", "formula")
        if kind == "add" or not facts["levies"]:
            levy = self.world.levy(self.rng.randint(10, 10**9)) | {"month": self.world.pick(*self.months)}
            facts["levies"].append(levy)
            return {"add": levy["levy_id"]} | {
                name: levy[name] for name in ("month", "currency", "amount", "distribution", "administrator")
            }
        levy = self.rng.choice(facts["levies"])
        if kind == "amount":
            levy["amount"] = "777.25"
            return {"replace": levy["levy_id"], "amount": "777.25"}
        levy["distribution"] = _equal(levy["distribution"])
        return {"replace": levy["levy_id"], "formula": "equal"}

    def consent(self, facts: Facts) -> Change:
        names, said = self.named(facts), self.world.pick("opt_in", "mandate", "opt_out", "none")
        for content in self.contents(facts, names):
            content["consent"] = said
        return {"deals": names, "consent": said}

    def eligibility(self, facts: Facts) -> Change:
        names, rule = self.named(facts), self.world.pick(None, {"min_uses": 20_000}, {"human_only": True})
        for content in self.contents(facts, names):
            content.pop("eligibility", None)
            if rule:
                content["eligibility"] = rule
        return {"deals": names, "eligibility": rule}

    def attribution(self, facts: Facts) -> Change:
        names, said = (
            self.named(facts),
            {"min_confidence": self.world.pick("0.5", "0.95"), "fallback": self.world.pick("training", "suspense")},
        )
        for content in self.contents(facts, names):
            for terms in content["terms"]:
                pool = terms["mechanism"] == "revenue_pool" and terms["basis"] in {"influence", "usage"}
                if pool or (terms["mechanism"] == "per_output" and not terms.get("tiers")):
                    terms["confidence"] = terms.get("confidence", {}) | {"min": said["min_confidence"], "fallback": said["fallback"]}
        return {"deals": names} | said

    def registry(self, facts: Facts) -> Change:
        missing = sorted(_used(facts) - _known(facts))
        keys = self.world.pick(["*"], missing or ["*"])
        for key in missing:
            name = key.removeprefix("work:")
            kind = {"iswc": "composition", "isni": "likeness"}.get(key[:4], "recording")
            says = {"title": "Found", "kind": kind, "shares": [{"party": "ann", "share": "0.75"}]}
            facts["works"][name] = [version(says | ({} if key.startswith("work:") else {"identifiers": [key]}))]
        return {"keys": keys, "title": "Found", "shares": [{"party": "ann", "share": "0.75"}]}

    def permissions(self, facts: Facts) -> Change:
        use, word = self.world.pick("training", "generation"), self.world.pick("allow", "deny")
        works = self.world.pick(["*"], self.world.some(self.works, 1))
        for name, versions in facts["works"].items():
            for one in versions if "*" in works or name in works else ():
                one["content"]["permissions"] = one["content"].get("permissions", {}) | {use: {"default": word}}
        return {"works": works, use: {"default": word}}


def _equal(node: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in node.items() if name != "cap"}
    if "children" in node:
        return kept | {"children": [_equal(child) for child in node["children"]]}
    return kept | ({"formula": "equal"} if "formula" in node else {})
