"""From reported facts to attributed uses: what was done with which work, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.model.exact import NANO, ONE, ZERO, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

UNATTRIBUTED = "unattributed"
Facts = dict[str, Any]


@dataclass(frozen=True)
class Use:
    """One thing done with one work (or with none: `attributed` is false)."""

    work: str
    kind: str
    licensee: str
    day: str
    model: str = ""
    use: str = ""
    territory: str = "*"
    service: str = ""
    currency: str = ""
    band: int = -1
    quantity: Fraction = ZERO
    revenue: Fraction = ZERO
    weight: Fraction = ZERO
    run_id: str = ""
    subject: str = ""
    split: str = ""
    """The side whose own split of an output it is part of; none where the output is one whole."""

    @property
    def attributed(self) -> bool:
        return self.work != UNATTRIBUTED


def records_that_count(facts: Facts) -> list[dict[str, Any]]:
    """Each record once: the first of its highest revision. Void ones, and those that a later record replaced, are left out."""
    best: dict[tuple[str, ...], dict[str, Any]] = {}
    for record in facts["usage"]:
        moved = {"replaced": record["replaces"]} if record.get("replaces") else {}
        for fact in (record, *([record | moved["replaced"] | {"quantity": 0}] if moved else [])):
            identity = (fact["reporter"], fact["used_on"], fact["subject"], fact["record_id"])
            if identity not in best or fact.get("revision", 0) > best[identity].get("revision", 0):
                best[identity] = fact
    return [record for record in best.values() if record["quantity"]]


def disclosures(facts: Facts) -> dict[str, dict[str, Any]]:
    """The highest revision of each output's disclosure, of the reports that were not withdrawn."""
    best: dict[str, dict[str, Any]] = {}
    for disclosed in (one for one in facts["disclosures"] if not one.get("withdrawn")):
        before = best.get(disclosed["output_id"])
        if before is None or disclosed["revision"] > before["revision"]:
            best[disclosed["output_id"]] = disclosed
    return best


def used(facts: Facts, month: str) -> list[Use]:
    """Every use of a month that bears a royalty, split over the works that its disclosure names."""
    disclosed = disclosures(facts)
    counted = [record for record in records_that_count(facts) if record.get("royalty_bearing", True)]
    return [use for record in counted if record["used_on"][:7] == month for use in _split(record, disclosed)]


def _split(record: dict[str, Any], disclosed: dict[str, dict[str, Any]]) -> Iterator[Use]:
    subject = record["subject"]
    model, shares = "", {("", subject, -1): ONE}
    if subject.startswith("output:"):
        found = disclosed.get(subject.removeprefix("output:"))
        shares = shares_of(found) if found else {("", UNATTRIBUTED, -1): ONE}
        model = found["model"] if found else ""
    for (split, work, band), share in shares.items():
        if share:
            yield Use(
                work=work,
                kind="output" if subject.startswith("output:") else "play",
                licensee=record["reporter"],
                day=record["used_on"],
                model=model,
                use=record["use"],
                territory=record["territory"],
                service=record.get("service", ""),
                currency=record.get("currency", ""),
                band=band,
                quantity=record["quantity"] * share,
                revenue=number(record.get("revenue")) * share,
                subject=subject,
                split=split,
            )


def shares_of(disclosed: dict[str, Any]) -> dict[tuple[str, str, int], Fraction]:
    """The shares of a disclosure by split, work and tenths of confidence; what each split leaves is nobody's."""
    by_side = disclosed.get("basis") == "by_side"
    own = disclosed.get("confidences", {})
    found: dict[tuple[str, str, int], Fraction] = {}
    left = {"recording": ONE, "composition": ONE} if by_side else {"": ONE}
    for work, share in disclosed["shares"].items():
        scheme = {"isrc": "recording", "iswc": "composition", "isni": "likeness"}.get(work.split(":")[0])
        split = (scheme or disclosed["sides"][work]) if by_side else ""
        found[split, work, int(number(own.get(work, disclosed["confidence"])) * 10)] = number(share)
        left[split] = left.get(split, ONE) - number(share)
    return found | {(split, UNATTRIBUTED, int(number(disclosed["confidence"]) * 10)): rest for split, rest in left.items()}


def trained(runs: Iterable[dict[str, Any]]) -> list[Use]:
    """Presence of each work in each of some runs."""
    return [
        Use(
            work=work,
            kind="training",
            licensee=run["licensee"],
            day=run["trained_on"],
            model=run["model"],
            weight=number(weight),
            run_id=run["run_id"],
            subject=run["run_id"],
            quantity=ONE,
        )
        for run in runs
        for work, weight in run["works"].items()
    ]


def runs_of(facts: Facts, month: str) -> list[dict[str, Any]]:
    """The training runs of a month."""
    return [run for run in facts["runs"] if run["trained_on"][:7] == month]


def latest_runs(facts: Facts, day: str) -> list[dict[str, Any]]:
    """The latest run of each licensee's model up to a day; of one day's, the greater run id."""
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for run in sorted(facts["runs"], key=lambda run: (run["trained_on"], run["licensee"], run["run_id"])):
        if run["trained_on"] <= day:
            latest[run["licensee"], run["model"]] = run
    return list(latest.values())


def in_nano(value: Fraction) -> int:
    """A quantity as the files count it."""
    return round(value * NANO)
