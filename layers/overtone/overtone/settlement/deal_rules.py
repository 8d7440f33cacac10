"""What deals may be registered, by whom, and who must agree: a deal binds nobody who did not."""

from collections.abc import Collection, Mapping
from typing import Any

from overtone.errors import Conflict, Fault, Forbidden, Rejected
from overtone.facts.limits import TRAINED_ON_MIN
from overtone.rights.agreement import Agreement, Answer, Beside, Status, accepted_at_once, free_text
from overtone.rights.registration import Actor, refuse, unknown
from overtone.rights.registry import Party
from overtone.rights.versions import Entity, Version
from overtone.settlement.deals import Deal


def parties_of_deal(deal: Deal) -> set[str]:
    """Whom a deal refers to."""
    payees = {party for _, party in _payees(deal)}
    return {deal.licensee, *payees} | ({deal.licensor} if deal.licensor else set())


def _payees(deal: Deal) -> list[tuple[str, str]]:
    named = ((f"terms.{i}.party", getattr(terms, "party", None)) for i, terms in enumerate(deal.terms))
    cuts = ((f"off_the_top.{i}.party", cut.party) for i, cut in enumerate(deal.off_the_top))
    return [*((field, party) for field, party in named if party), *cuts]


def allow_deal(actor: Actor, deal: Deal, entity: Entity[Deal] | None, licensor: Entity[Party] | None) -> None:
    """Raise `Forbidden` unless the actor may put the deal: one of its sides, which proposes it, or an admin.

    An extended deal reaches owners who never signed, so its licensor must be a society that somebody other than itself has
    recorded as one; an open deal, and a statute that asks no owner, are an admin's.
    """
    if actor.admin:
        return
    sides = {deal.licensor, deal.licensee} if deal.licensor else set()
    known = {entity.latest.content.licensor, entity.latest.content.licensee} if entity else sides
    if not actor.party or actor.party not in sides or actor.party not in known:
        raise Forbidden("a deal is put by its licensor or its licensee, an open deal by an admin; use the token of one of them")
    if deal.consent == "none":
        raise Forbidden("consent: only an admin records that the law asks no owner", [Fault("ask an admin", "consent")])
    vouched = licensor and any(v.author != deal.licensor and v.content.kind == "society" for v in licensor.versions)
    if deal.extended and not vouched:
        raise Forbidden("extended: an admin puts it, or a society whose kind an admin has recorded", [Fault("ask an admin", "extended")])


def proposed(actor: Actor, deal: Deal, stated: Beside, at: str) -> Agreement:
    """What stands of a version as it is put: a side's own yes, nobody's yet, or an admin's word for both."""
    if actor.admin and not stated.propose:
        return accepted_at_once(actor.name, at, stated.evidence)
    sides = (deal.licensee, deal.licensor) if deal.licensor else ()
    own = (Answer(Status.ACCEPTED, actor.party, at, stated.evidence),) if actor.party in sides and not actor.admin else ()
    return Agreement(tuple(sides), own)


def answer_of(actor: Actor, entity: Entity[Deal], version: Version[Deal], verdict: Status, sent: Mapping[str, Any], at: str) -> Answer:
    """The answer of a side, or an admin's for both.

    Raises `Forbidden` for an answer that is not the actor's to give, `Conflict` where a later version was accepted already.
    """
    content = version.content
    answer = Answer(verdict, actor.name, at, free_text(sent.get("evidence"), "evidence"), free_text(sent.get("reason"), "reason"))
    if verdict == Status.ACCEPTED and not version.counts(at):
        later = [other.number for other in entity.versions if other.number > version.number and other.counts(at)]
        if later:
            raise Conflict(f"version {later[-1]} was accepted since; propose what version {version.number} says anew")
    if actor.admin:
        return answer._replace(final=True)
    if actor.party not in {content.licensee, content.licensor}:
        raise Forbidden("a deal's versions are answered by its licensor and its licensee")
    mine = version.author == actor.party
    if mine and verdict != Status.WITHDRAWN:
        raise Forbidden("this version was proposed by this party: the other side answers it, or it is withdrawn")
    if not mine and verdict == Status.WITHDRAWN:
        raise Forbidden("only who proposed a version withdraws it; refuse it instead")
    return answer


def group_accepted(actor: Actor, deal_id: str, deal: Deal, word: Answer, given: object, known: Mapping[str, Entity[Deal]]) -> Answer:
    """The licensee's answer with its yes to the deal's group, which favours others' terms and so is asked for by name.

    A group that a deal of the licensee is in already was agreed to, by it or by an admin. Raises `Rejected` without a yes, or for one to
    another group.
    """
    if given is not None and given != deal.mfn_group:
        raise Rejected.at(
            "mfn_group", f"this version is in {'the group ' + deal.mfn_group if deal.mfn_group else 'no group'}; leave it out, or name that"
        )
    group = deal.mfn_group
    if group is None or word.verdict != Status.ACCEPTED or actor.admin or actor.party != deal.licensee:
        return word
    mine = (version for other in known.values() for version in other.versions if version.content.licensee == deal.licensee)
    if given is None and not any(version.content.mfn_group == group and version.counts(word.at) for version in mine):
        raise Rejected.at(
            "mfn_group",
            f"{deal_id} is the first of your deals in the group {group}: its rates rise to the best of the group; say mfn_group too",
        )
    return word._replace(mfn_group=group)


def check_deal(deal: Deal, known: Collection[str], entity: Entity[Deal] | None) -> None:
    """Raise `Rejected` for parties that are not registered, for an amendment between other parties, and for a first day that no use has.

    What recurs is owed in each month from the first day on: each settlement looks at all of them. A day that was taken once stays.
    """
    named = [("licensee", deal.licensee), *_payees(deal), *([("licensor", deal.licensor)] if deal.licensor else [])]
    faults = unknown((field, party) for field, party in named if party not in known)
    if deal.licensee == deal.licensor:
        faults.append(Fault("a party needs no deal with itself", "licensor"))
    if deal.from_ < TRAINED_ON_MIN and deal.from_ not in {v.content.from_ for v in (entity.versions if entity else ())}:
        faults.append(Fault(f"{deal.from_} is no first day that is taken now; send one from {TRAINED_ON_MIN} on", "from"))
    if entity is not None:
        parties = [("licensee", entity.latest.content.licensee, deal.licensee), ("licensor", entity.latest.content.licensor, deal.licensor)]
        faults += [Fault(f"this deal's is {old}; put a new deal for another", field) for field, old, new in parties if old != new]
    refuse("the deal cannot be taken", faults)


def check_mfn(deal_id: str, deal: Deal, deals: Mapping[str, Entity[Deal]]) -> None:
    """Raise `Rejected` where rates of one MFN group could not be compared: they need one currency.

    `deals` with accepted versions alone: what nobody agreed to is in no group, or anybody could keep others out of theirs.
    """
    for other_id, entity in sorted(deals.items()):
        other = entity.latest.content
        same_group = (other.mfn_group, other.licensee) == (deal.mfn_group, deal.licensee)
        if other_id != deal_id and same_group and other.currency != deal.currency:
            raise Rejected.at(
                "mfn_group",
                f"deals of the group {deal.mfn_group} with {deal.licensee} are in {other.currency}; use that currency or another group",
            )


def concerned(deal: Deal, actor: Actor) -> set[str]:
    """Whom a word of this actor on a deal concerns: both sides, but not itself; with an open deal its licensee."""
    return {deal.licensee, deal.licensor or ""} - {"", "" if actor.admin else actor.party}


def warnings(version: Version[Deal]) -> list[str]:
    """What the sender should know of a version: whom it waits for, and what an admin's word rests on."""
    agreement = version.agreement
    if agreement is None:
        return []
    if agreement.decided is None:
        waits = " and ".join(agreement.waits_for) or "an admin"
        return [f"version {version.number} is proposed: it prices nothing until {waits} accepts it"]
    if agreement.status == Status.ACCEPTED and agreement.decided.final and not agreement.decided.evidence:
        return ["accepted by an admin for both sides without evidence: send evidence, such as a contract's number and day"]
    return []
