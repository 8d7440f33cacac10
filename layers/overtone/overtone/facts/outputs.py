"""Generated outputs: who owns one, and which of its disclosures is in force.

Output ids are global. The lab that disclosed one first owns it, and the owner's highest revision counts. Both follow from the set of
all disclosures, so the order in which reports are indexed never matters.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from overtone.facts.accrual import Disclosure
from overtone.facts.disclosure import Method, OutputShares


class OutputDisclosure(NamedTuple):
    """A disclosure among all that were ever made of an output: by whom, in which report, accepted when."""

    licensee: str
    report: str
    accepted_at: str
    method: Method
    disclosed: OutputShares


class Current(NamedTuple):
    """An output's owner (the lab that disclosed it first, at `since` in `by`) and its disclosure in force."""

    since: str
    by: str
    claimed: OutputDisclosure

    def disclosure(self) -> Disclosure:
        """What the accrual needs of it."""
        disclosed = self.claimed.disclosed
        return Disclosure(self.claimed.method.model, disclosed.confidence, disclosed.shares, disclosed.grounds)


def _strength(claimed: OutputDisclosure) -> tuple[int, str, str]:
    return claimed.disclosed.revision, claimed.accepted_at, claimed.report


def current_of(history: Sequence[OutputDisclosure]) -> Current:
    """The disclosure in force, whatever the order of the history: the first discloser owns, its highest revision counts."""
    if len(history) == 1:
        return Current(history[0].accepted_at, history[0].report, history[0])
    first = min(history, key=lambda claimed: (claimed.accepted_at, claimed.report, claimed.licensee))
    best = max((claimed for claimed in history if claimed.licensee == first.licensee), key=_strength)
    return Current(first.accepted_at, first.report, best)


def measured_by(method: str, current: Current, history: Sequence[OutputDisclosure]) -> Current:
    """The owner's latest disclosure by a method in the place of the one in force, which stays where there is none."""
    owner = current.claimed.licensee
    mine = [claimed for claimed in history if (claimed.licensee, claimed.method.method) == (owner, method)]
    return current._replace(claimed=max(mine, key=_strength)) if mine else current


def foreign(records: Sequence[OutputShares], owners: Mapping[str, str], licensee: str) -> set[str]:
    """Outputs of the records that another lab disclosed first."""
    return {record.output_id for record in records if owners.get(record.output_id, licensee) != licensee}
