"""The registry as it stands at a cut-off, of plain facts: parties with their accords, works, deals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from overtone.rights import mandates
from overtone.rights.agreement import Accord, Agreement, Answer, MandateEnd, Status
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity, Version
from overtone.scenarios.lens import Lens, Registered
from overtone.settlement.deals import Deal
from overtone.settlement.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from overtone.fields import Model
    from tests.unit.accruals import Facts


FIRST = "0001-01-01T00:00:00.000000Z"


# --- registry


def snapshot(facts: Facts, cutoff: str, runs: Mapping[tuple[str, str], tuple[str, ...]], lens: Lens | None = None) -> Snapshot:
    """The registry as of a cut-off, perhaps as a scenario lets it look."""
    works = _entities(facts["works"], Work)
    by_key = {
        key: entity.id
        for entity in works.values()
        for stated in entity.versions
        if stated.recorded_at <= cutoff
        for key in stated.content.identifiers
    }
    deals = _entities(facts["deals"], Deal)
    if lens is not None:
        named = {key: works[work_id] for key, work_id in by_key.items()} | {f"work:{work_id}": work for work_id, work in works.items()}
        registered = lens.registered(_keys(facts), Registered(named, works))
        works, by_key = dict(registered.works), {key: entity.id for key, entity in registered.by_key.items()}
        deals = lens.deals(deals)
    return Snapshot(
        works=works,
        by_key=by_key,
        parties=_parties(facts["parties"]),
        deals=deals,
        cutoff=cutoff,
        trained=runs,
    )


def _parties(stated: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Entity[Any]]:
    """Parties whose societies accepted their mandates when `mandates_at` says, else from the first: a mandate stated on is the same."""
    found = _entities(stated, Party)
    for name, entity in found.items():
        accords: list[Accord] = []
        for version, one in zip(entity.versions, stated[name], strict=True):
            earlier = entity.versions[version.number - 2].content if version.number > 1 else None
            listed, times = version.content.mandates, one.get("mandates_at", [FIRST] * len(version.content.mandates))
            at = dict(reversed(list(zip(listed, times, strict=True))))
            new = mandates.new(earlier, version.content)
            accords += [Accord(mandates.name_of(mandate), version.number, _accepted(at[mandate])) for mandate in new]
            accords = [_with_end(accord, version, one) for accord in accords]
        found[name] = replace(entity, accords=tuple(accords))
    return found


def _with_end(accord: Accord, version: Version[Any], stated: Mapping[str, Any]) -> Accord:
    """The accord with the end that `ends` gives the mandates which this version is the first to state, in their order."""
    named = zip(map(mandates.name_of, version.content.mandates), stated.get("ends", ()), strict=False)
    ends = dict(reversed(list(named)))
    if accord.since != version.number or not ends.get(accord.of):
        return accord
    day, at = ends[accord.of]
    return accord._replace(end=MandateEnd(day, "soc", at))


def _keys(facts: Facts) -> set[str]:
    """Every work key that the facts name."""
    disclosed = {work for output in facts["disclosures"] for work in output["shares"]}
    played = {record["subject"] for record in facts["usage"] if not record["subject"].startswith("output:")}
    return disclosed | played | {work for run in facts["runs"] for work in run["works"]}


def _entities(stated: Mapping[str, Sequence[Mapping[str, Any]]], model: type[Any]) -> dict[str, Entity[Any]]:
    return {
        name: Entity(
            name,
            "",
            tuple(
                Version(
                    number,
                    one["effective_from"],
                    one["recorded_at"],
                    "somebody",
                    _content(model, orjson.dumps(one["content"])),
                    _accepted(one["accepted_at"]) if "accepted_at" in one else None,
                )
                for number, one in enumerate(versions, start=1)
            ),
        )
        for name, versions in stated.items()
    }


def _accepted(at: str) -> Agreement:
    return Agreement((), (Answer(Status.ACCEPTED, "admin", at, final=True),))


_PARSED: dict[tuple[type[Any], bytes], Any] = {}


def _content(model: type[Model], body: bytes) -> Any:
    if (model, body) not in _PARSED:
        _PARSED[model, body] = model.model_validate(orjson.loads(body))
    return _PARSED[model, body]
