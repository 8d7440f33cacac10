"""Who collects for whom: mandates, followed from a party to its society and from society to society.

A society that represents a party through another pays that other one: everybody is paid by the society that it mandated itself.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from overtone.lines import Side
from overtone.mechanisms.shape import Use
from overtone.rights.registry import MandateUse
from overtone.settlement.snapshot import Snapshot

SOCIETY_DEPTH_MAX: Final = 4
"""How far mandates are followed from society to society."""

_MANDATE_USES: Final[dict[str, tuple[MandateUse, ...]]] = {
    "output": ("output",),
    "play": ("play",),
    "training": ("training",),
    "work": ("levy",),
    "repertoire": ("training", "generation", "output", "play"),
}
"""Nobody licenses a levy: a mandate for that alone gives a society no repertoire."""


def societies(snapshot: Snapshot, party: str, side: Side, use: Use) -> dict[str, str]:
    """The societies that a party's mandates lead to for this use, each with the party's own society that leads there."""
    found: dict[str, str] = {}
    frontier = {party: ""} if party else {}
    for _ in range(SOCIETY_DEPTH_MAX):
        fresh: dict[str, str] = {}
        for member, own in frontier.items():
            for society in _mandated(snapshot, member, side, use):
                if society != party and society not in found:
                    found[society] = fresh[society] = own or society
        if not (frontier := fresh):
            break
    return found


def societies_within(snapshot: Snapshot, party: str, side: Side, use: Use, territories: Iterable[str]) -> dict[str, str]:
    """The societies that mandates lead to in some of these territories, each with the party's own one of the first in which they do."""
    found: dict[str, str] = {}
    for territory in territories:
        led = societies(snapshot, party, side, use._replace(territory=territory))
        found |= {society: own for society, own in led.items() if society not in found}
    return found


def payee(licensor: str | None, party: str, led: Mapping[str, str]) -> str:
    """Who is paid for a party: itself under its own deal, else its society that leads to the licensor, else its first one, if any."""
    if licensor is not None and licensor == party:
        return party
    return led.get(licensor or "") or next(iter(led.values()), party)


def _mandated(snapshot: Snapshot, party: str, side: Side, use: Use) -> list[str]:
    record = snapshot.party(party, use.day)
    uses = _mandate_uses(use)
    return [
        mandate.society
        for mandate in (record.mandates if record else ())
        if any(mandate.fits(side, wanted, use.territory) for wanted in uses)
    ]


def _mandate_uses(use: Use) -> tuple[MandateUse, ...]:
    if use.kind == "output" and use.use == "generation":
        return ("generation",)
    return _MANDATE_USES[use.kind]
