"""A party's works in the trade's own files."""

from typing import Final

from overtone import clock
from overtone.errors import Fault, Rejected
from overtone.formats.cwr.export import WORKS_MAX, Exported, Rivals, exported
from overtone.formats.cwr.writer import TransmissionHeader
from overtone.stores import registry

VERSIONS: Final = ("2.1", "2.2")
"""The versions that are written: societies ask for these."""


def cwr(party: str, version: str, after: str) -> tuple[Exported, str]:
    """Registrations of the works behind `after` in which the party has a share today, and the work to go on behind ("": no more)."""
    if version not in VERSIONS:
        message = f"version is {version!r}; CWR is written in {' and '.join(VERSIONS)}"
        raise Rejected(message, [Fault(message, "version")])
    found = registry.works_of(party, after, WORKS_MAX + 1)
    ids = found[:WORKS_MAX]
    works = registry.works(ids)
    header = TransmissionHeader(clock.now().strftime("%Y%m%d%H%M%S"), version=version)
    shares = {name: works[name].stands(header.day).shares for name in sorted(works)}
    mine = [works[name] for name, listed in shares.items() if any(share.party == party for share in listed)]
    holders = {share.party for work in mine for share in shares[work.id]} | {party}
    parties = {name: entity.stands(header.day) for name, entity in registry.parties(holders).items()}
    ours = parties.get(party)
    header = header._replace(sender=(ours.ipi or "")[2:] if ours else "", sender_name=ours.name.upper() if ours else party)
    possible = Rivals.possible((work.id for work in mine), holders, party)
    rivals = Rivals(registry.works(possible.works).keys(), registry.parties(possible.parties).keys())
    return exported(mine, parties, party, header, rivals), ids[-1] if len(found) > len(ids) else ""
