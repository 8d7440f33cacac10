"""What deals may be registered, and by whom: a deal binds people, so its licensor puts it, or an admin."""

from collections.abc import Collection, Mapping

from overtone.errors import Fault, Forbidden, Rejected
from overtone.rights.registration import Actor, refuse, unknown
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.settlement.deals import Deal


def parties_of_deal(deal: Deal) -> set[str]:
    """Whom a deal refers to."""
    payees = {party for _, party in _payees(deal)}
    return {deal.licensee, *payees} | ({deal.licensor} if deal.licensor else set())


def _payees(deal: Deal) -> list[tuple[str, str]]:
    named = ((f"terms.{i}.party", getattr(terms, "party", None)) for i, terms in enumerate(deal.terms))
    return [(field, party) for field, party in named if party]


def allow_deal(actor: Actor, deal: Deal, entity: Entity[Deal] | None, licensor: Entity[Party] | None) -> None:
    """Raise `Forbidden` unless the actor may put the deal: its licensor or an admin.

    An open or extended deal binds owners who never signed, so a society may put one only where
    somebody other than itself has recorded that it is a society.
    """
    if actor.admin:
        return
    if not actor.party or deal.licensor != actor.party or (entity and entity.owner != actor.party):
        raise Forbidden("a deal is put by its licensor, an open deal by an admin; use the licensor's token")
    vouched = licensor and any(v.author != actor.party and v.content.kind == "society" for v in licensor.versions)
    if deal.extended and not vouched:
        raise Forbidden("extended: an admin puts it, or a society whose kind an admin has recorded", [Fault("ask an admin", "extended")])


def check_deal(deal: Deal, known: Collection[str], entity: Entity[Deal] | None) -> None:
    """Raise `Rejected` for parties that are not registered, and for an amendment between other parties."""
    named = [("licensee", deal.licensee), *_payees(deal), *([("licensor", deal.licensor)] if deal.licensor else [])]
    faults = unknown((field, party) for field, party in named if party not in known)
    if deal.licensee == deal.licensor:
        faults.append(Fault("a party needs no deal with itself", "licensor"))
    if entity is not None:
        parties = [("licensee", entity.latest.content.licensee, deal.licensee), ("licensor", entity.latest.content.licensor, deal.licensor)]
        faults += [Fault(f"this deal's is {old}; put a new deal for another", field) for field, old, new in parties if old != new]
    refuse("the deal cannot be taken", faults)


def check_mfn(deal_id: str, deal: Deal, deals: Mapping[str, Entity[Deal]]) -> None:
    """Raise `Rejected` where rates of one MFN group could not be compared: they need one currency."""
    for other_id, entity in sorted(deals.items()):
        other = entity.latest.content
        same_group = (other.mfn_group, other.licensee) == (deal.mfn_group, deal.licensee)
        if other_id != deal_id and same_group and other.currency != deal.currency:
            message = (
                f"deals of the group {deal.mfn_group} with {deal.licensee} are in {other.currency}; use that currency or another group"
            )
            raise Rejected(f"mfn_group: {message}", [Fault(message, "mfn_group")])
