"""What everybody is owed of a simulated world by the slow model, which shares no code with the package (see `tests.model`).

The facts are those that receipts were given for; what was registered, held and deposited is read as the API shows it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from tests.model.breaching import Broken as Breach
from tests.model.breaching import breached
from tests.model.register import Register
from tests.model.settling import Chain, known_months
from tests.simulation import invariants, world
from tests.simulation.actors import Broken
from tests.simulation.reference import nano

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.simulation.invariants import Posted
    from tests.simulation.simulation import Simulation

RATES: Final = {("USD", "EUR"): Fraction(9, 10), ("EUR", "USD"): Fraction(11, 10)}
"""What finance posts for every settlement."""
NEVER: Final = "9999"
SAID: Final = {"side": "sides", "confidence": "confidences"}
"""Of single shares, as a lab says it and as the model reads it."""
Breaches = dict[tuple[str, ...], tuple[int, int]]
"""Quantity and limit by all that tells one breach from another; not by what shows it."""
KINDS: Final = {"parties": (*world.KINDS,), "works": (*world.WORKS,)}


def agrees(play: Simulation, facts: dict[str, Any], carried: Mapping[str, Any], posted: Posted) -> None:
    """All that was posted at once is what the model says of the facts; `carried` joined months that were settled before."""
    chain = Chain()
    for month, book in carried.items():
        chain.carried[month] = {(deal, mechanism, ordinal, currency): int(pico) for deal, mechanism, ordinal, currency, pico in book}
    record = play.actors.settlements["at-once"]
    register, found = Register(facts, record["cutoff"]), breaches_of(play.stack.objects("SettlementBucket"), "at-once")
    claims = compare(facts, record, chain, posted, "the facts settled at once", register)
    compare_breaches(facts, record, found, {}, "the facts settled at once", register)
    play.say(f"the slow model says the same of {claims} claims")


def compare(
    facts: dict[str, Any], record: Mapping[str, Any], chain: Chain, posted: Posted, what: str, register: Register | None = None
) -> int:
    """Holds what was posted in all up to a settlement to what the model says, from where its chain stands; of how many claims."""
    lines = chain.settle(facts, known_months(facts, record["through"]), record["cutoff"], record["through"], register)
    expected = {tuple(key): tuple(line) for key, line in lines.items() if any(line)}
    found = {key: (amount, shadow) for key, (_, amount, shadow) in posted.items() if amount or shadow}
    if wrong := invariants.difference(found, expected):
        raise Broken("priced", f"{what} against the slow model: {wrong}")
    return len(expected)


def compare_breaches(
    facts: dict[str, Any], record: Mapping[str, Any], found: Breaches, before: Breaches, what: str, register: Register
) -> None:
    """Holds the breaches that a settlement `found`, and those of `before` that it had no reason to look at, to what the model says.

    A settlement tells those of the works that it computes; what was healed since is told no more.
    """
    stated = breached(facts, known_months(facts, record["through"]), record["cutoff"], register)
    expected = {_breach(broken._asdict()): (broken.quantity, broken.limit) for broken in stated}
    told = {key: numbers for key, numbers in (before | found).items() if key in found or key in expected}
    if wrong := invariants.difference(told, expected):
        raise Broken("priced", f"breaches of {what} against the slow model: {wrong}")


def breaches_of(objects: Mapping[str, bytes], folder: str) -> Breaches:
    """The rows of a settlement's `breaches.csv`."""
    rows = invariants.table(objects, f"{folder}/breaches.csv")
    return {_breach(row): (nano(row["quantity"]), nano(row["limit"])) for row in rows}


def _breach(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in Breach._fields if name not in {"evidence", "quantity", "limit"})


def facts_of(play: Simulation) -> dict[str, Any]:
    """Everything that counts, as the model reads it."""
    reference = play.actors.reference
    usage = [
        {name: value for name, value in record.items() if name != "replaces"} | {"reporter": who} for who, record in reference.winners()
    ]
    disclosures = [
        {**record, "model": model, "shares": {part["work"]: part["share"] for part in record["shares"]}}
        | {read: {part["work"]: part[name] for part in record["shares"] if name in part} for name, read in SAID.items()}
        for model, record in reference.in_force().values()
    ]
    runs = [
        body | {"licensee": lab, "works": {part["work"]: part["weight"] for part in body["works"]}}
        for (lab, _), body in reference.runs.items()
    ]
    listed = {"revenue": _revenue(play), "levies": _levies(play), "holds": _holds(play), "liquidations": reference.liquidations}
    return {"usage": usage, "disclosures": disclosures, "runs": runs, "rates": RATES} | listed | versions_of(play)


def versions_of(play: Simulation) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Every version of parties, works and deals, by kind and name."""
    deals = [str(deal["id"]) for deal in play.actors.items("/v1/deals")]
    return {kind: _versions(play, kind, names) for kind, names in (KINDS | {"deals": (*deals,)}).items()}


def _revenue(play: Simulation) -> list[dict[str, Any]]:
    """Of several reports of one month, currency and revision the last one counts."""
    listed = [report | {"licensee": lab} for lab in world.LABS for report in play.actors.items("/v1/revenue", licensee=lab)]
    reports = [{name: value for name, value in report.items() if value is not None} for report in listed]
    standing = [report for report in reports if report["status"] == "committed"]
    return sorted(standing, key=lambda report: (report["accepted_at"], report["report_id"]), reverse=True)


def _levies(play: Simulation) -> list[dict[str, Any]]:
    """Of each levy the highest revision."""
    standing = [levy for levy in play.actors.items("/v1/levies") if levy["status"] == "committed"]
    highest = {levy["levy_id"]: levy for levy in sorted(standing, key=lambda levy: int(levy["revision"]))}
    return [levy | {"administrator": world.ADMINISTRATOR} for levy in highest.values()]


def _holds(play: Simulation) -> list[dict[str, Any]]:
    found = []
    for hold in play.actors.items("/v1/holds"):
        ended = {"released_at": hold["decided_at"], "void": hold["outcome"] == "void"} if "decided_at" in hold else {}
        found.append(hold | {"recorded_at": hold["accepted_at"]} | ended)
    return found


def _versions(play: Simulation, kind: str, names: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for name in names:
        reply = play.actors.call("GET", f"/v1/{kind}/{name}/versions", None, "admin finance")
        if reply.status == 200:
            found[name] = [_version(stated) for stated in reply.json()["versions"]]
    if kind == "works":
        _identify(found)
    return found


def _version(stated: dict[str, Any]) -> dict[str, Any]:
    kept = {"effective_from": stated["effective_from"], "recorded_at": stated["recorded_at"], "content": stated}
    if "accords" in stated:
        return kept | _mandates(stated["mandates"], stated["accords"])
    if "agreement" not in stated:
        return kept
    return kept | {"accepted_at": _accepted_at(stated["agreement"]["answers"], stated["recorded_at"], stated["status"])}


def _accepted_at(answers: list[dict[str, Any]], recorded_at: str, status: str) -> str:
    words = [answer["at"] for answer in answers if answer["verdict"] == "accepted"]
    return str(max(words, default=recorded_at)) if status in {"accepted", "ended"} else NEVER


def _mandates(given: list[dict[str, Any]], accords: list[dict[str, Any]]) -> dict[str, Any]:
    """When each mandate of a version was accepted, and which day it ends on and who said so when; alike ones have one accord."""
    distinct = [mandate for place, mandate in enumerate(given) if mandate not in given[:place]]
    of = [accords[distinct.index(mandate)] for mandate in given]
    ends = [[accord["end"]["from"], accord["end"]["at"]] if "end" in accord else None for accord in of]
    return {"mandates_at": [_accepted_at(accord["answers"], "", accord["status"]) for accord in of], "ends": ends}


def _identify(works: dict[str, list[dict[str, Any]]]) -> None:
    """What an identifier names does not depend on the day: what the last version recorded says holds for all."""
    for versions in works.values():
        last = versions[-1]["content"]["identifiers"]
        for version in versions:
            version["content"]["identifiers"] = last
