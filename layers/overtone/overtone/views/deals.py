"""The deals that concern a party, each as its latest version stands."""

from collections.abc import Callable, Iterator, Mapping

from overtone.rights.versions import Entity
from overtone.settlement.deals import Deal
from overtone.stores import registry

FILTERS = {"party": "where this party is the licensor or the licensee", "licensee": "of this licensee", "licensor": "of this licensor"}


def concerning(reader: str | None, wanted: Mapping[str, str], after: str = "") -> Iterator[Entity[Deal]]:
    """Deals in order of id, behind `after`: those of the reader's own (`None`: anybody's) that fit the filters of the query."""
    for deal_id, entity in sorted(registry.proposals().items()):
        latest = entity.latest
        sides = {latest.content.licensee, latest.content.licensor}
        status = str(latest.agreement.status) if latest.agreement else ""
        fits = (
            (reader is None or reader in sides)
            and wanted.get("party") in {None, *sides}
            and wanted.get("licensee") in {None, latest.content.licensee}
            and wanted.get("licensor") in {None, latest.content.licensor}
            and wanted.get("status") in {None, status}
        )
        if fits and deal_id > after:
            yield entity


def is_shown(deal: Entity[Deal], may_read: Callable[[str], bool]) -> bool:
    """Whether a deal is shown to a reader: it was negotiated between its sides, and is theirs and finance's to see."""
    return any(may_read(side) for version in deal.versions for side in (version.content.licensee, version.content.licensor or ""))
