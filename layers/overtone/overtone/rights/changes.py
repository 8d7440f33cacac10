"""What a new version changes: a patch applied, the fields that differ, and what a whole replacement would silently drop."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final, TypeVar

from overtone.fields import Model
from overtone.rights.billing import Payout
from overtone.rights.registry import Mandate, Party, Permission, Work
from overtone.rights.versions import Entity, Version

M = TypeVar("M", bound=Model)

DEPTH_MAX: Final = 32
"""Levels of a patch that are merged; deeper values are taken as they are."""
LICENSEES_TOLD: Final = 10
"""Licensees that a warning names."""
_DAYLESS: Final = ("identifiers", "ipi", "isni")
"""What a change of other fields takes from the version that was recorded last."""


def merged(target: object, patch: object, depth: int = DEPTH_MAX) -> Any:  # noqa: ANN401 - JSON
    """JSON Merge Patch (RFC 7396, section 2): objects are merged, `null` removes, all else replaces."""
    if not isinstance(patch, Mapping) or not depth:
        return patch
    made = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merged(made.get(name), value, depth - 1)
    return made


def grounds(entity: Entity[M], day: str) -> dict[str, Any]:
    """What a change of some fields from a day on leaves of the others: what stands on that day (before the first, what comes).

    Identifiers do not depend on the day, and are those recorded last. Of a deal it is what neither side refused or withdrew.
    `effective_from` stands beside where that is another version.
    """
    stands, latest = entity.live_on(day), entity.latest
    if stands.number == latest.number:
        return _stated(latest)
    kept = {name: value for name, value in _stated(stands).items() if name not in _DAYLESS}
    return kept | {name: value for name, value in _stated(latest).items() if name in _DAYLESS} | {"effective_from": day}


def _stated(version: Version[M]) -> dict[str, Any]:
    return version.content.model_dump(mode="json", by_alias=True, exclude_none=True)


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[dict[str, Any]]:
    """Each field that differs, by its path: objects are compared field by field, lists whole."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        where = f"{path}.{name}" if path else name
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from differences(old, new, where)
        else:
            yield {"field": where, "before": old, "after": new}


def dropped(entity: Entity[M] | None, version: Version[M] | None) -> list[str]:
    """A warning for each thing of consequence that stands on a new version's day, and that it leaves out."""
    if entity is None or version is None:
        return []
    return _dropped(entity.stands(version.effective_from), version.content)


def _dropped(before: Model, after: Model) -> list[str]:
    lost = list[str]()
    if isinstance(before, Party) and isinstance(after, Party):
        lost = _dropped_of_party(before, after)
    elif isinstance(before, Work) and isinstance(after, Work):
        uses = ("training", "generation", "likeness")
        lost = [what for use in uses for what in _silenced(use, getattr(before.permissions, use), getattr(after.permissions, use))]
    return [f"this version drops {what}: put it again with them if that was not meant, or use PATCH" for what in lost]


def _dropped_of_party(before: Party, after: Party) -> list[str]:
    lost = []
    if before.payout is not None and (after.payout is None or _has_account(before.payout) > _has_account(after.payout)):
        lost.append("bank details (payout)")
    if before.withholding_rate and not after.withholding_rate:
        lost.append("the withholding rate")
    stated = {part for mandate in after.mandates for part in _parts(mandate)}
    ended = [mandate for mandate in before.mandates if any({part, (*part[:3], "*")}.isdisjoint(stated) for part in _parts(mandate))]
    return lost + [f"the mandate to {mandate.society} ({', '.join((*mandate.rights, *mandate.uses))})" for mandate in ended]


def _parts(mandate: Mandate) -> Iterator[tuple[str, str, str, str]]:
    """All that a mandate covers: its society with each right, use and territory, whatever the society keeps."""
    return product((mandate.society,), mandate.rights, mandate.uses, mandate.territories)


def _has_account(payout: Payout) -> bool:
    return bool(payout.iban or payout.account_number)


def _silenced(use: str, before: Permission, after: Permission) -> list[str]:
    """What the owners of a work said of a use and say no more: to everybody, or to single licensees."""
    if (_says(before) and not _says(after)) or (before.default is not None and after.default is None):
        return [f"what its owners said of {use} (permissions.{use})"]
    gone = sorted(before.licensees.keys() - after.licensees.keys())
    named = ", ".join(gone[:LICENSEES_TOLD]) + (f" and {len(gone) - LICENSEES_TOLD} more" if len(gone) > LICENSEES_TOLD else "")
    return [f"what its owners said of {use} to {named} (permissions.{use}.licensees)"] if gone else []


def _says(permission: Permission) -> bool:
    return permission.default is not None or bool(permission.licensees)
