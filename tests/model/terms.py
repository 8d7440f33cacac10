"""What deals say on a day: terms raised to the best of their group, what they cover, and what owners allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.model.usage import Use

OUTPUT_USES = ("stream", "download", "generation", "sync", "other")
PRICED_KINDS = {
    "training_run": {"training"},
    "per_output": {"output"},
    "micro_royalty": {"output"},
    "revenue_pool": {"output", "play", "training"},
    "direct_play": {"play"},
    "licence_fee": {"output", "play", "training", "repertoire"},
}
RATES = {
    "training_run": ("fee", "fee_per_work"),
    "revenue_pool": ("share", "minimum_per_subscriber", "minimum_per_use"),
    "per_output": ("rate", "revenue_share"),
    "direct_play": ("rate", "revenue_share"),
    "micro_royalty": ("rate",),
}


@dataclass(frozen=True)
class Term:
    """Terms of a deal on a day, raised to the best of their group."""

    deal_id: str
    mechanism: str
    ordinal: int
    says: dict[str, Any]

    @property
    def name(self) -> tuple[str, str, int]:
        return (self.deal_id, self.mechanism, self.ordinal)

    def rate(self, field: str) -> Fraction | None:
        return Fraction(self.says[field]) if self.says.get(field) is not None else None

    def uses(self) -> tuple[str, ...]:
        default = ("generation",) if self.mechanism == "micro_royalty" else OUTPUT_USES
        return tuple(self.says.get("uses", default))

    def names(self, use: Use) -> bool:
        """Whether it prices uses of this name."""
        return bool({use.use, "*"} & set(self.uses()))


def mandated(use: Use) -> str:
    """What a mandate calls this use."""
    if use.kind == "output":
        return "generation" if use.use == "generation" else "output"
    return use.kind


def permission(says: dict[str, Any], kind: str, licensee: str) -> dict[str, Any]:
    """What the owners allow this licensee; nothing, unless they said so."""
    right = "likeness" if says["kind"] == "likeness" else "training" if kind == "training" else "generation"
    stated = says.get("permissions", {}).get(right, {})
    own = stated.get("licensees", {}).get(licensee, stated)
    return {"default": own} if isinstance(own, str) else own


def regime(deal: dict[str, Any] | None) -> str:
    """What silence means under a deal; nothing where none covers the share."""
    if deal is None:
        return ""
    usual = "opt_in" if deal.get("licensor") is None else "opt_out" if deal.get("extended") else "mandate"
    return str(deal.get("consent") or usual)


def denied(says: dict[str, Any], kind: str, licensee: str, deal: dict[str, Any] | None, *, signed: bool) -> bool:
    """Whether a use is denied; plays, levies and repertoires ask nobody, and neither does a statute's deal.

    `signed`: the deal reaches the holder by its own signature or by a mandate, not as anybody.
    """
    if kind not in {"output", "training"} or regime(deal) == "none":
        return False
    word = permission(says, kind, licensee).get("default")
    return word == "deny" or (word is None and (regime(deal) == "opt_in" or (regime(deal) == "mandate" and not signed)))


def first_of(*reasons: str) -> str:
    """Of several reasons to wait the first counts."""
    order = ("disputed", "denied_use", "unregistered", "unclaimed_share", "fraud_hold", "unattributed")
    return min((reason for reason in reasons if reason), key=order.index, default="")


def covers(term: Term, use: Use) -> bool:
    """Whether terms license (and price) a use that was reported."""
    says = term.says
    if term.mechanism == "training_run":
        return use.kind == "training"
    if term.mechanism == "per_output":
        return use.kind == "output" and term.names(use) and (use.attributed or bool(says.get("unattributed")))
    if term.mechanism == "micro_royalty":
        return use.kind == "output" and term.names(use) and use.attributed
    if term.mechanism == "licence_fee":
        return use.attributed and use.kind in {"output", "play", "training"}
    if term.mechanism == "revenue_pool":
        also = {"training": {"training"}, "usage": {"play"}, "equal": {"play"}, "influence": set()}[says["basis"]]
        return (use.attributed or bool(says.get("unattributed"))) and (use.kind == "output" or use.kind in also)
    return term.mechanism == "direct_play" and use.kind == "play"


def bought_out(term: Term) -> Sequence[str]:
    return term.says["covers"] if term.mechanism == "buyout" else ()


def prices(says: dict[str, Any], terms: dict[str, Any], day: str) -> bool:
    """After its last day a deal has only the terms that price outputs, and owes no fees that recur."""
    name = terms["mechanism"]
    return day <= (says.get("to") or "9999") or ("output" in PRICED_KINDS.get(name, set()) and name != "licence_fee")


def terms_of(deal_id: str, deals: dict[str, dict[str, Any]], day: str) -> tuple[Term, ...]:
    """A deal's terms on a day, among all deals of that day."""
    says, made, counted = deals[deal_id], [], dict.fromkeys(("",), 0)
    for terms in says["terms"]:
        name = terms["mechanism"]
        if prices(says, terms, day):
            made.append(Term(deal_id, name, counted.get(name, 0), _favoured(terms, says, deals, day)))
        counted[name] = counted.get(name, 0) + 1
    return tuple(made)


def for_use(term: Term, deals: dict[str, dict[str, Any]], day: str, use: Use) -> Term:
    """The term as it prices a use: at the best that the group has for it, where the terms name their uses."""
    if term.mechanism not in {"per_output", "micro_royalty"}:
        return term
    says = deals[term.deal_id]
    stated = [terms for terms in says["terms"] if terms["mechanism"] == term.mechanism][term.ordinal]
    return replace(term, says=_favoured(stated, says, deals, day, use))


def _favoured(
    terms: dict[str, Any], says: dict[str, Any], deals: dict[str, dict[str, Any]], day: str, use: Use | None = None
) -> dict[str, Any]:
    """The terms with the highest rates of the group, each among terms of the same mechanism for the same uses, or for the `use`."""
    group, name = says.get("mfn_group"), terms["mechanism"]
    if group is None:
        return terms
    peers = [
        peer
        for other in deals.values()
        if other.get("mfn_group") == group and other["currency"] == says["currency"]
        for peer in other["terms"]
        if prices(other, peer, day)
        and peer["mechanism"] == name
        and (Term("", name, 0, peer).names(use) if use else set(Term("", name, 0, peer).uses()) == set(Term("", name, 0, terms).uses()))
    ]
    always = name in {"training_run", "revenue_pool"}
    raised = {
        field: max((peer.get(field) or "0" for peer in peers if not isinstance(peer.get(field), dict)), key=Fraction)
        for field in RATES.get(name, ())
        if not (terms.get("tiers") and field in {"fee_per_work", "share"})
        and (always or terms.get(field) is not None)
        and not isinstance(terms.get(field), dict)
    }
    return {**terms, **raised}
