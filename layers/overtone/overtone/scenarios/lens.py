"""The facts as a scenario lets them look: deals, levies and works with its changes on them, step by step.

A lens reads nothing and keeps nothing; where nothing is changed it hands back what it was given. So a settlement's steps run
through it as they run without it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from overtone.errors import Fault, Rejected
from overtone.facts.outputs import Current, OutputDisclosure, measured_by
from overtone.facts.splits import side_named
from overtone.fields import validated
from overtone.identifiers import UNATTRIBUTED
from overtone.mechanisms import AnyTerms, per_output
from overtone.mechanisms.attribution import Attributed, Confidence
from overtone.money import format_amount
from overtone.rights import changes as patches
from overtone.rights.registry import Permissions, Work
from overtone.rights.versions import Entity, Version
from overtone.scenarios.change import (
    ALL,
    AttributionChange,
    DealChange,
    LevyChange,
    PermissionChange,
    RegistryChange,
    ScenarioChange,
    Steps,
)
from overtone.scenarios.sensitivity import drawn
from overtone.settlement.deals import Deal
from overtone.settlement.levies import Deposit

DealsById = dict[str, Entity[Deal]]
Levies = list[tuple[str, Deposit]]
_FOLLOWS_USE = frozenset({"influence", "usage"})


class Registered(NamedTuple):
    """Works by the keys that name them, and by id."""

    by_key: dict[str, Entity[Work]]
    works: dict[str, Entity[Work]]


class Lens:
    """Applies the steps of a scenario."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    @classmethod
    def of(cls, stored: Sequence[Mapping[str, Any]]) -> "Lens":
        """The lens of a scenario's steps as a plan keeps them."""
        return cls(tuple(validated(ScenarioChange, step, "change") for step in stored))

    def deals(self, deals: Mapping[str, Entity[Deal]]) -> DealsById:
        """The deals; raises `Rejected`, with the path, for a change of a deal that is not there or makes no sense with its change."""
        found = dict(deals)
        for number, step in enumerate(self.steps):
            for place, one in enumerate(step.deals):
                _deal(found, one, f"change.{number}.deals.{place}")
            for place, consent in enumerate(step.consent):
                _each(found, consent.deals, f"change.{number}.consent.{place}", {"consent": consent.consent})
            for place, rule in enumerate(step.eligibility):
                said = rule.eligibility.model_dump(mode="json") if rule.eligibility else None
                _each(found, rule.deals, f"change.{number}.eligibility.{place}", {"eligibility": said})
            for place, other in enumerate(step.attribution):
                _attribution(found, other, f"change.{number}.attribution.{place}")
        return found

    @property
    def measures_anew(self) -> bool:
        """Whether outputs are attributed otherwise than as disclosed, so that accruals of usage are of no use."""
        return any(other.measures_anew for step in self.steps for other in step.attribution)

    @property
    def methods(self) -> frozenset[str]:
        """The methods whose disclosures it takes."""
        return frozenset(other.method for step in self.steps for other in step.attribution if other.method is not None)

    def disclosed(self, current: Current, history: Sequence[OutputDisclosure]) -> Current:
        """What counts of an output: of its owner's disclosures the latest by the method asked, as noise has it."""
        found = current
        for other in (other for step in self.steps for other in step.attribution):
            if other.method is not None:
                found = measured_by(other.method, found, history)
            if other.noise is not None:
                claimed = found.claimed
                found = found._replace(claimed=claimed._replace(disclosed=drawn(claimed.disclosed, other.noise)))
        return found

    def levies(self, month: str, levies: Levies) -> Levies:
        """The levies of a month."""
        found = dict(levies)
        for step in self.steps:
            for one in step.levies:
                _levy(found, one, month)
        return sorted(found.items())

    def levies_named(self) -> dict[str, str]:
        """The levies that are changed, each with the path that names it; those that the scenario adds left out."""
        added: set[str] = set()
        found: dict[str, str] = {}
        for number, step in enumerate(self.steps):
            for place, one in enumerate(step.levies):
                if one.replace and one.replace not in added:
                    found.setdefault(one.replace, f"change.{number}.levies.{place}.replace")
                added.add(one.add or "")
        return found

    def registered(self, asked: Iterable[str], known: Registered) -> Registered:
        """The works that keys name and those by id, with what the scenario registers and allows."""
        by_key, works, keys = dict(known.by_key), dict(known.works), sorted({key for key in asked if ":" in key})
        for step in self.steps:
            for entry in step.registry:
                _register(by_key, works, keys, entry)
            for permission in step.permissions:
                for name, entity in list(works.items()):
                    if ALL in permission.works or name in permission.works:
                        works[name] = _versions(entity, lambda work, said=permission: _allowed(work, said))  # type: ignore[misc]
        return Registered({key: works.get(entity.id, entity) for key, entity in by_key.items()}, works)


def _deal(deals: DealsById, one: DealChange, path: str) -> None:
    if one.add:
        if one.add in deals:
            _refuse(f"{path}.add", f"{one.add} is a deal already; replace it")
        deals[one.add] = Entity(one.add, "", (_version(1, one.deal),)) if one.deal else deals[one.add]
        return
    name = one.replace or one.end or ""
    if name not in deals:
        _refuse(f"{path}.{'replace' if one.replace else 'end'}", f"there is no deal {name!r}")
    if one.deal:
        deals[name] = Entity(name, deals[name].owner, (_version(deals[name].latest.number + 1, one.deal),))
    elif one.patch:
        deals[name] = _patched(deals[name], one.patch, f"{path}.patch")
    else:
        _end(deals, name, one.on, path)


def _version(number: int, deal: Deal) -> Version[Deal]:
    """In force since the deal's first day, known since ever, agreed on by nobody: it is a scenario's."""
    return Version(number, deal.from_, "", "", deal)


def _end(deals: DealsById, name: str, on: str | None, path: str) -> None:
    running = [version for version in deals[name].versions if on and version.content.from_ <= on and version.effective_from <= on]
    if not on or not running:
        del deals[name]
        return
    kept = Entity(name, deals[name].owner, tuple(running))
    deals[name] = _versions(kept, lambda deal: _validated(deal, {"to": min(on, deal.to or on)}, f"{path}.on"))


def _each(deals: DealsById, names: Sequence[str], path: str, patch: Mapping[str, Any]) -> None:
    for place, name in enumerate(sorted(deals) if ALL in names else names):
        if name not in deals:
            _refuse(f"{path}.deals.{place}", f"there is no deal {name!r}")
        deals[name] = _patched(deals[name], patch, path)


def _patched(entity: Entity[Deal], patch: Mapping[str, Any], path: str) -> Entity[Deal]:
    return _versions(entity, lambda deal: _validated(deal, patch, path))


def _validated(deal: Deal, patch: Mapping[str, Any], path: str) -> Deal:
    """The deal with other fields, checked like any other; the faults' paths are the scenario's."""
    said = patches.merged(deal.model_dump(mode="json", by_alias=True, exclude_none=True), patch)
    try:
        return validated(Deal, said, "the deal")
    except Rejected as error:
        faults = [Fault(fault.message, f"{path}.{fault.field}" if fault.field else path) for fault in error.faults]
        raise Rejected(f"{path}: {error.detail}", faults) from error


def _versions(entity: Entity[Any], changed: Callable[[Any], Any]) -> Entity[Any]:
    return Entity(entity.id, entity.owner, tuple(replace(version, content=changed(version.content)) for version in entity.versions))


def _attribution(deals: DealsById, other: AttributionChange, path: str) -> None:
    for place, name in enumerate(sorted(deals) if ALL in other.deals else other.deals):
        if name not in deals:
            _refuse(f"{path}.deals.{place}", f"there is no deal {name!r}")
        said = [_attributed(deal.content, other) for deal in deals[name].versions]
        versions = zip(deals[name].versions, said, strict=True)
        deals[name] = Entity(name, deals[name].owner, tuple(replace(version, content=deal) for version, deal in versions))


def _attributed(deal: Deal, other: AttributionChange) -> Deal:
    return deal.model_copy(update={"terms": tuple(_confident(terms, other) for terms in deal.terms)})


def _confident(terms: AnyTerms, other: AttributionChange) -> AnyTerms:
    """The terms with another threshold, if attribution decides what they pay; tiers of single uses know of no confidence."""
    follows_use = isinstance(terms, Attributed) and getattr(terms, "basis", "influence") in _FOLLOWS_USE
    if not isinstance(terms, Attributed) or not follows_use or (isinstance(terms, per_output.Terms) and terms.tiers):
        return terms
    said = {"min": other.min_confidence, "fallback": other.fallback, "basis": other.basis}
    confidence = (terms.confidence or Confidence()).model_copy(update={name: value for name, value in said.items() if value is not None})
    return terms.model_copy(update={"confidence": confidence})


def _levy(levies: dict[str, Deposit], one: LevyChange, month: str) -> None:
    if one.add and one.month == month and one.amount is not None:
        tree = orjson.dumps(one.distribution).decode()
        amount = format_amount(one.amount)
        levies[one.add] = Deposit(administrator=one.administrator or "", currency=one.currency or "", amount=amount, distribution=tree)
    elif one.replace in levies:
        item = levies[one.replace].copy()
        if one.amount is not None:
            item["amount"] = format_amount(one.amount)
        if one.distribution is not None:
            item["distribution"] = orjson.dumps(one.distribution).decode()
        elif one.formula is not None:
            item["distribution"] = orjson.dumps(_reformed(orjson.loads(item["distribution"]), one)).decode()
        levies[one.replace] = item


def _reformed(node: Mapping[str, Any], one: LevyChange) -> dict[str, Any]:
    """A distribution tree with another formula at each leaf that has one."""
    kept = {name: value for name, value in node.items() if name not in {"formula", "cap", "children"}}
    if node.get("children"):
        return kept | {"children": [_reformed(child, one) for child in node["children"]]}
    if not node.get("formula"):
        return dict(node)
    return kept | {"formula": one.formula} | ({"cap": one.cap} if one.cap else {})


def _register(by_key: dict[str, Entity[Work]], works: dict[str, Entity[Work]], asked: Sequence[str], entry: RegistryChange) -> None:
    for key in asked:
        scheme, _, number = key.partition(":")
        name = number if scheme == "work" else key
        if key in by_key or name in works or key == UNATTRIBUTED or not {ALL, key} & {*entry.keys}:
            continue
        work = Work(title=entry.title, kind=side_named(key) or "recording", shares=entry.shares, permissions=entry.permissions)
        works[name] = by_key[key] = Entity(name, "", (Version(1, "0001-01-01", "", "", work),))


def _allowed(work: Work, said: PermissionChange) -> Work:
    words = {name: word for name in Permissions.model_fields if (word := getattr(said, name)) is not None}
    return work.model_copy(update={"permissions": work.permissions.model_copy(update=words)})


def _refuse(path: str, message: str) -> None:
    raise Rejected.at(path, message)
