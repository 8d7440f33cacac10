"""A levy on machines that learn: a deposit for a month, shared out by a distribution tree.

The nodes of the tree are exact fractions, as statutes write them (17 U.S.C. 1006: 2/3 to the sound
recordings fund, of it 2 5/8 % off the top to non-featured musicians, …). A leaf is a party, or works by
a formula; the formulas are contested, so each is one line here.
"""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isqrt, lcm
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import Field, field_validator, model_validator

from overtone import money
from overtone.errors import Fault, Rejected
from overtone.fields import Model, Slug, validated
from overtone.lines import Side
from overtone.mechanisms.proportion import no_proportion
from overtone.mechanisms.shape import (
    NOTHING,
    Claim,
    DealTerms,
    Earning,
    Month,
    PoolPart,
    Term,
    Use,
    UseKind,
    Words,
    Yield,
    always,
    survey_nothing,
)
from overtone.mechanisms.steps import no_steps
from overtone.mechanisms.totals import Pool, Totals
from overtone.money import NANO, to_fine
from overtone.rights.registry import MandateUse
from overtone.scales import Pico

words: Final = Words("Levy paid out by {licensee}", part="Your share of the levy of {whole}: {share}.")
mandate_uses: Final[tuple[MandateUse, ...]] = ("levy",)
favoured: Final[tuple[str, ...]] = ()
needs_licensor: Final = False
spareable: Final[frozenset[UseKind]] = NOTHING

DEPTH_MAX: Final = 8
CHILDREN_MAX: Final = 100
LEAVES_MAX: Final = 200
"""Each leaf with a formula is priced for every work of the month."""
FRACTION_DIGITS_MAX: Final = 12

_FRACTION = re.compile(rf"\d{{1,{FRACTION_DIGITS_MAX}}}(?:[./]\d{{1,{FRACTION_DIGITS_MAX}}})?\Z", re.ASCII)
_QUANTITY = re.compile(r"\d{1,15}(?:\.\d{1,9})?\Z", re.ASCII)

Formula = Literal["equal", "equal_per_party", "influence", "training", "sqrt_influence", "capped_influence"]


class Node(Model):
    """One node: `fraction` of its parent, and either `children`, a `party`, or a `formula` over works.

    `side` says which side's owners a formula pays (both sides where left out: the one disclosed);
    `cap` is the attributed quantity of a work above which `capped_influence` counts no more.
    """

    fraction: Annotated[str, Field(max_length=2 * FRACTION_DIGITS_MAX + 1)] = "1"
    label: Annotated[str, Field(max_length=200)] = ""
    children: Annotated[tuple["Node", ...], Field(max_length=CHILDREN_MAX, strict=False)] = ()
    party: Slug | None = None
    formula: Formula | None = None
    side: Side | None = None
    cap: str | None = None

    @field_validator("fraction")
    @classmethod
    def _is_a_fraction(cls, text: str) -> str:
        numerator, _, denominator = text.partition("/")
        if not _FRACTION.match(text) or (denominator and not int(denominator)):
            raise ValueError(
                f'write the fraction exactly, such as "2/3" or "0.4", at most {FRACTION_DIGITS_MAX} digits a number, not {text!r}'
            )
        fraction = Fraction(numerator) / int(denominator or 1)
        if not 0 < fraction <= 1:
            raise ValueError(f"{text} is not above 0 and at most 1")
        return text

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum((bool(self.children), self.party is not None, self.formula is not None)) != 1:
            raise ValueError("a node has children, or a party, or a formula: exactly one of them")
        if (self.formula == "capped_influence") != (self.cap is not None):
            raise ValueError("cap goes with capped_influence, which needs it")
        if self.cap is not None and not _QUANTITY.match(self.cap):
            raise ValueError("cap is a quantity: write a decimal string such as 1000.5, at most 9 decimals")
        total = sum(Fraction(child.fraction) for child in self.children)
        if self.children and total != 1:
            raise ValueError(f"the children's fractions add up to {total}, not to 1")
        return self


class Leaf(NamedTuple):
    """Where a part of the deposit ends: `path` counts children from the root."""

    path: str
    fraction: Fraction
    node: Node


def distribution(content: object) -> Node:
    """A distribution tree; raises `Rejected` with the path of each fault."""
    _refuse_depth(content, DEPTH_MAX)
    tree = validated(Node, content, "distribution")
    if Fraction(tree.fraction) != 1:
        raise Rejected("distribution: the root is the whole deposit; leave its fraction out", [Fault("the root is the whole", "fraction")])
    if (ends := sum(1 for _ in leaves(tree))) > LEAVES_MAX:
        message = f"distribution: {ends} leaves; a tree has at most {LEAVES_MAX}"
        raise Rejected(message, [Fault(message, "children")])
    return tree


def _refuse_depth(content: object, left: int) -> None:
    if not isinstance(content, Mapping):
        return
    if left == 0:
        raise Rejected(f"distribution: a tree is at most {DEPTH_MAX} levels deep")
    children = content.get("children")
    for child in children if isinstance(children, list | tuple) else ():
        _refuse_depth(child, left - 1)


def leaves(node: Node, fraction: Fraction = Fraction(1), path: str = "0") -> Iterator[Leaf]:
    """The tree's leaves with their exact fractions of the whole, in order."""
    mine = fraction * Fraction(node.fraction)
    if not node.children:
        yield Leaf(path, mine, node)
    for number, child in enumerate(node.children):
        yield from leaves(child, mine, f"{path}.{number}")


def shared_out(amount: Pico, tree: Node) -> dict[str, Pico]:
    """The deposit (pico) by leaf path: exact fractions, the last picos by largest remainder."""
    ends = list(leaves(tree))
    common = lcm(*(leaf.fraction.denominator for leaf in ends))
    weights = {leaf.path: int(leaf.fraction * common) for leaf in ends}
    return money.split(amount, weights)


class Terms(DealTerms):
    """One leaf of a deposit, as the terms that its works are paid by. Made by `levies`, not posted."""

    mechanism: Literal["levy"] = "levy"
    amount: Pico
    formula: Formula | None
    counted_max: int = 0


survey = survey_nothing
steps = no_steps
pooled = always
proportion = no_proportion


def covers(terms: Terms, use: Use) -> bool:
    """A leaf with a formula covers works' months as a whole, one without the deposit itself."""
    return use.kind == ("work" if terms.formula else "deal")


def asks(terms: Terms) -> frozenset[UseKind]:
    """A formula asks for every work's month."""
    return frozenset({"work" if terms.formula else "deal"})


def _basis(terms: Terms, use: Use) -> int:
    basis: dict[Formula | None, int] = {
        "equal": 1,
        "equal_per_party": 1,
        "influence": use.quantity,
        "training": use.weight,
        "sqrt_influence": isqrt(use.quantity * NANO),
        "capped_influence": min(use.quantity, terms.counted_max),
    }
    return basis[terms.formula]


def _owner(claim: Claim) -> str:
    """Whom a share counts for. A share in dispute counts for its holder still: what waits is its part, and nobody else's moves."""
    return claim.holder or f"{claim.reason}:{claim.work_key}"


def measure(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> None:
    """Count the formula's basis over all works of the month; by party where each party counts alike."""
    if not term.terms.formula:
        return
    basis = _basis(term.terms, use) * claim.part
    if term.terms.formula == "equal_per_party":
        totals.add(term.name("party", party=_owner(claim)), basis)
    else:
        totals.add(term.name("basis"), basis)


def pools(term: Term[Terms], month: Month, totals: Totals) -> Iterator[Pool]:
    """The leaf's amount: over the works, or in equal parts over the parties."""
    del month
    if not term.terms.formula:
        return
    amount, currency = term.terms.amount, term.currency
    if term.terms.formula != "equal_per_party":
        yield Pool(term.name("pool"), currency, amount, term.name("basis"))
        return
    parties = [name for name, basis in totals.sums_of(term.key, "party") if basis]
    if not parties:
        yield Pool(term.name("pool"), currency, amount, term.name("basis"))
        return
    for name, part in money.split(amount, dict.fromkeys(parties, 1)).items():
        yield Pool(term.name("pool", party=name.party), currency, part, name)


def entitle(term: Term[Terms], use: Use, claim: Claim, totals: Totals) -> Yield:
    """The work's part by the formula; a party leaf gets its amount whole."""
    if not term.terms.formula:
        yield Earning(term.currency, to_fine(term.terms.amount))
        return
    by_party = term.terms.formula == "equal_per_party"
    name = term.name("party", party=_owner(claim)) if by_party else term.name("basis")
    yield PoolPart(name, _basis(term.terms, use) * claim.part)
