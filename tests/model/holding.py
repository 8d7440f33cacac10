"""Deals, and who holds what of a work under which of them: the records that the register finds."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.model.exact import NANO, ONE, ZERO, largest_remainder, number
from tests.model.terms import Term, first_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.model.usage import Use


RIGHTS = ("performance", "mechanical")

EVER = ""

FOREVER = "9999-12-31"


@dataclass(frozen=True)
class Deal:
    """A deal on a day."""

    deal_id: str
    says: dict[str, Any]
    terms: tuple[Term, ...]

    def fits(self, use: Use, trained: Sequence[str] = ()) -> bool:
        """`trained`: the days on which the use's model was trained."""
        first, last = self.says["from"], self.says.get("to") or FOREVER
        if use.day > last and not (
            use.kind == "output" and use.day <= end_of_tail(self.says) and any(first <= day <= last for day in trained)
        ):
            return False
        there = {"*", use.territory} & set(self.says.get("territories", ["*"])) or use.territory == "*"
        models = self.says.get("models")
        there = there and (use.kind == "play" or not models or "*" in models or use.model in models)
        services = self.says.get("services")
        return bool(there) and (use.kind not in {"output", "play"} or not services or bool({"*", use.service} & set(services)))

    @property
    def is_open(self) -> bool:
        return self.says.get("licensor") is None or bool(self.says.get("extended"))


def end_of_tail(says: dict[str, Any]) -> str:
    """The last day on which a deal can still cover something."""
    last, tail = says.get("to") or FOREVER, says.get("tail")
    if tail is None or last == FOREVER:
        return last
    if tail is True:
        return FOREVER
    day = date.fromisoformat(last)
    first = date(day.year + (day.month - 1 + tail["months"]) // 12, (day.month - 1 + tail["months"]) % 12 + 1, 1)
    days = monthrange(first.year, first.month)[1]
    ends = day.day == monthrange(day.year, day.month)[1]
    return first.replace(day=days if ends else min(day.day, days)).isoformat()


@dataclass(frozen=True)
class Claim:
    """A share of a side of a work, under the deal that covers it (`None`: unlicensed, unless a buyout spares it)."""

    deal: Deal | None
    part: Fraction
    work_id: str
    side: str
    party: str
    member: str
    reason: str
    spared: frozenset[str] = frozenset()
    holder: str = ""
    denied: bool = False
    law: bool = False
    held: bool = False
    refused: bool = False
    """A deal that requires both sides covers it, and the other side is covered by nobody."""


@dataclass(frozen=True)
class Holder:
    """What of a side a party (or nobody) holds in each right; `mean` is what a deal for both rights prices, of nine decimals."""

    party: str
    reason: str
    rights: dict[str, Fraction]
    mean: Fraction

    def under(self, deal: Deal | None, covered: Sequence[str] = ()) -> Fraction:
        """What a deal prices of the rights that it covers here (none named: both)."""
        licensed = deal.says.get("rights") if deal else None
        if licensed and len(set(licensed)) == 1:
            return self.rights[licensed[0]]
        if len(covered or RIGHTS) == len(RIGHTS) or not sum(self.rights.values()):
            return self.mean
        halves = largest_remainder(int(self.mean * NANO), self.rights)
        return Fraction(halves[covered[0]], NANO)


def whole_of_right(says: dict[str, Any], territory: str, right: str) -> dict[tuple[str, str], Fraction]:
    """Who holds what of one right in one territory, by party and reason to wait; the parts add up to one."""
    shares: dict[str, Fraction] = defaultdict(lambda: ZERO)
    for one in says["shares"]:
        named, excepted = one.get("territories", ["*"]), one.get("not_in", ())
        there = "*" in named or territory in named
        if there and territory not in excepted and right in one.get("rights", RIGHTS) and number(one["share"]):
            shares[one["party"]] += number(one["share"])
    claimed = sum(shares.values())
    if claimed > 1:
        scaled = largest_remainder(NANO, shares)
        return {(party, "disputed"): Fraction(part, NANO) for party, part in scaled.items() if part}
    reason = "disputed" if says.get("disputed") else ""
    waits = {one["party"]: number(one["share"]) for one in says.get("contested", ())}
    held: dict[tuple[str, str], Fraction] = defaultdict(lambda: ZERO)
    for party, share in shares.items():
        part = min(share, waits.get(party, ZERO))
        for amount, why in ((part, "disputed"), (share - part, reason)):
            if amount:
                held[party, why] += amount
    if claimed < 1:
        held["", first_of("unclaimed_share", reason)] += ONE - claimed
    return dict(held)


def in_force(versions: Sequence[dict[str, Any]], day: str, cutoff: str) -> dict[str, Any] | None:
    """The content in force on a day, as far as was recorded by the cut-off."""
    known = [
        (version["effective_from"], number, version["content"])
        for number, version in enumerate(versions)
        if version["recorded_at"] <= cutoff and version.get("accepted_at", EVER) <= cutoff and version["effective_from"] <= day
    ]
    return max(known, key=lambda one: one[:2])[2] if known else None


def accepted_at(versions: Sequence[dict[str, Any]], place: int, mandate: dict[str, Any]) -> str:
    """When its society accepted a mandate: one that the version before stated too is the same; without `mandates_at`, from ever."""
    given = versions[place]["content"].get("mandates", [])
    if place and mandate in versions[place - 1]["content"].get("mandates", []):
        return accepted_at(versions, place - 1, mandate)
    times: list[str] = versions[place].get("mandates_at") or [EVER] * len(given)
    return times[int(given.index(mandate))]


def agreed_mandates(versions: Sequence[dict[str, Any]], day: str, cutoff: str) -> list[dict[str, Any]]:
    """The mandates that count on a day: those accepted; of a society that has not accepted one, also what stood with it before."""
    standing: list[tuple[dict[str, Any], str]] = []
    known = [(version["effective_from"], place) for place, version in enumerate(versions) if version["recorded_at"] <= cutoff]
    for place in [place for first, place in sorted(known) if first <= day]:
        given = versions[place]["content"].get("mandates", [])
        agreed = [mandate for mandate in given if accepted_at(versions, place, mandate) <= cutoff]
        asked = {mandate["society"] for mandate in given if mandate not in agreed}
        kept = [(mandate, end) for mandate, end in standing if mandate["society"] in asked and mandate not in given]
        standing = [(mandate, ends_on(versions, place, mandate, cutoff)) for mandate in agreed] + kept
    return [mandate for mandate, end in standing if day < end]


def ends_on(versions: Sequence[dict[str, Any]], place: int, mandate: dict[str, Any], cutoff: str) -> str:
    """From which day on a mandate counts no more, as one side had said by the cut-off: one that the version before stated is the same."""
    given = versions[place]["content"].get("mandates", [])
    if place and mandate in versions[place - 1]["content"].get("mandates", []):
        return ends_on(versions, place - 1, mandate, cutoff)
    ends = versions[place].get("ends") or [None] * len(given)
    day, at = ends[int(given.index(mandate))] or (FOREVER, EVER)
    return str(day) if at <= cutoff else FOREVER
