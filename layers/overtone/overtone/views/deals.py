"""The deals that concern a party, each as its latest version stands, or the latest of those that are asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from overtone.rights.agreement import Agreement, Status
from overtone.rights.versions import Entity, Version
from overtone.settlement.deals import Deal
from overtone.stores import registry

FILTERS: Final = {
    "party": "where this party is the licensor or the licensee",
    "licensee": "of this licensee",
    "licensor": "of this licensor",
    "waits_for": "of which a version waits for this party's answer",
}
_UNASKED: Final = Agreement(())


def concerning(reader: str | None, wanted: Mapping[str, str], after: str = "") -> Iterator[tuple[Entity[Deal], Version[Deal]]]:
    """Deals in order of id, behind `after`, each with the version that is listed: those of the reader's own (`None`: anybody's)."""
    for deal_id, entity in sorted(registry.proposals().items()):
        version = _listed(entity, wanted) if deal_id > after else None
        if version is None:
            continue
        licensee, licensor = version.content.licensee, version.content.licensor
        fits = (
            (reader is None or reader in {licensee, licensor})
            and wanted.get("party") in {None, licensee, licensor}
            and wanted.get("licensee") in {None, licensee}
            and wanted.get("licensor") in {None, licensor}
        )
        if fits:
            yield entity, version


def _listed(entity: Entity[Deal], wanted: Mapping[str, str]) -> Version[Deal] | None:
    """The latest version; where one of a status or one that waits is asked for the latest such.

    A proposal changes nothing of what was agreed on before, and a later one nothing of what waits. One that a later agreement has
    overtaken cannot be accepted any more, and waits for nobody.
    """
    status, party = wanted.get("status"), wanted.get("waits_for")
    if status is None and party is None:
        return entity.latest
    stands = {version.number: version.agreement or _UNASKED for version in entity.versions}
    agreed = max((number for number, agreement in stands.items() if agreement.status == Status.ACCEPTED), default=0)
    for version in reversed(entity.versions):
        agreement = stands[version.number]
        overtaken = agreement.status == Status.PROPOSED and version.number < agreed
        if not overtaken and status in {None, str(agreement.status)} and (party is None or party in agreement.waits_for):
            return version
    return None


def is_shown(deal: Entity[Deal], may_read: Callable[[str], bool]) -> bool:
    """Whether a deal is shown to a reader: it was negotiated between its sides, and is theirs and finance's to see."""
    return any(may_read(side) for version in deal.versions for side in (version.content.licensee, version.content.licensor or ""))
