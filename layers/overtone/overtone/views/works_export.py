"""A party's works in the trade's own files."""

from typing import Final

from overtone import clock
from overtone.errors import Fault, Rejected
from overtone.formats.cwr.export import WORKS_MAX, Exported, exported
from overtone.formats.cwr.writer import Sent
from overtone.stores import registry

VERSIONS: Final = ("2.1", "2.2")
"""The versions that are written: societies ask for these."""


def cwr(party: str, version: str, after: str) -> tuple[Exported, str]:
    """Registrations of the works behind `after` in which the party has a share, and the work to go on behind ("": no more)."""
    if version not in VERSIONS:
        message = f"version is {version!r}; CWR is written in {' and '.join(VERSIONS)}"
        raise Rejected(message, [Fault(message, "version")])
    ids = registry.works_of(party, after, WORKS_MAX)
    works = registry.works(ids)
    mine = [works[name] for name in sorted(works) if any(share.party == party for share in works[name].latest.content.shares)]
    holders = {share.party for work in mine for share in work.latest.content.shares} | {party}
    parties = {name: entity.latest.content for name, entity in registry.parties(holders).items()}
    sender = parties[party].name.upper() if party in parties else party
    sent = Sent(clock.now().strftime("%Y%m%d%H%M%S"), sender=(parties[party].ipi or "")[2:] if party in parties else "", sender_name=sender)
    return exported(mine, parties, party, sent._replace(version=version)), ids[-1] if len(ids) == WORKS_MAX else ""
