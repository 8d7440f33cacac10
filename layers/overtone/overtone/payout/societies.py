"""Collective licensing: what a society collected, member by member, and what it may keep of it.

The society is the payee of its members' shares; its file tells it whose money that is. Fee and
cultural deduction are rates of the gross from the society's tariff, and where it has set none for the month from the mandate that it
accepted; each is rounded once, half-even.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from overtone.lines import DETAILS, NO_DETAIL, Line, LineSide
from overtone.mechanisms import MECHANISMS
from overtone.money import NANO, round_half_even
from overtone.payout.directory import Directory
from overtone.rights.registry import Fees, Mandate
from overtone.scales import ZERO_PICO, Pico


class MemberShare(NamedTuple):
    """A member's part of what a society collected, and what becomes of it; pico. `detail`: territory, use, service, where a deal says."""

    member_id: str
    work_id: str
    usage_month: str
    deal_id: str
    mechanism: str
    gross: Pico
    admin_fee: Pico
    cultural_deduction: Pico
    net: Pico
    currency: str
    detail: tuple[str, ...] = NO_DETAIL


def mandate_for(given: Iterable[Mandate], side: LineSide, mechanism: str) -> Mandate | None:
    """Of a member's mandates to a society the first that the money can have been collected under, if any: never another one's rate."""
    uses = MECHANISMS[mechanism].mandate_uses
    fitting = (mandate for mandate in given if not side or side in mandate.rights)
    return next((mandate for mandate in fitting if any(use in mandate.uses for use in uses)), None)


def fees(member: str, society: str, month: str, side: LineSide, mechanism: str, known: Directory) -> Fees | None:
    """What a society keeps of a member's money: its tariff's rate, without a tariff its mandate's; nothing where no mandate fits."""
    mandate, tariff = mandate_for(known.mandates(member, society, month), side, mechanism), known.tariff(society, month)
    if mandate is None or tariff is None:
        return mandate
    party = known.party(member)
    return tariff.rate(side, MECHANISMS[mechanism].mandate_uses, party.kind if party else "")


def deduct(gross: Pico, rates: Fees | None) -> tuple[Pico, Pico, Pico]:
    """`(admin_fee, cultural_deduction, net)` of a gross amount; they sum to it, for corrections too."""
    if rates is None:
        return ZERO_PICO, ZERO_PICO, gross
    fee = Pico(round_half_even(gross * rates.admin_fee, NANO))
    cultural = Pico(round_half_even(gross * rates.cultural_deduction, NANO))
    return fee, cultural, gross - fee - cultural


def shares(society: str, lines: Iterable[Line], known: Directory) -> Iterator[MemberShare]:
    """The society's lines summed by member, work, month, deal, mechanism and detail, in that order."""
    sums: defaultdict[tuple[str, str, str, str, str, str, LineSide, tuple[str, ...]], Pico] = defaultdict(lambda: ZERO_PICO)
    for line in lines:
        key = line.key
        if key.member_id and line.posting.amount:
            about = key.member_id, key.work_id, key.usage_month, key.deal_id, key.mechanism, key.currency, key.side
            sums[*about, key[-DETAILS:]] += line.posting.amount
    for name, gross in sorted(sums.items()):
        member, work, month, deal, mechanism, currency, side, detail = name
        figures = deduct(gross, fees(member, society, month, side, mechanism, known))
        yield MemberShare(member, work, month, deal, mechanism, gross, *figures, currency, detail)
