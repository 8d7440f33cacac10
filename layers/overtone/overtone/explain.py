"""Why a line is what it is: the steps of its arithmetic, written out exactly.

Fed by the trace of the same code that computed the line. What is listed is bounded; what is summed is everything, and what
is left out of a list is counted.
"""

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from typing import Any, Final, NamedTuple

from overtone.formats import settlement_csv
from overtone.lines import SUSPENSE, Line, LineKey, Posting
from overtone.mechanisms.shape import (
    AMOUNT_PART_TO_FINE,
    FINE,
    RATE_TO_FINE,
    REVENUE_TO_FINE,
    Earning,
    Pool,
    Totals,
    Use,
    to_pico,
)
from overtone.money import format_amount, format_share
from overtone.tally import Priced

STEPS_LISTED_MAX: Final = 200
FINE_DIGITS: Final = 49
_PART_DIGITS: Final = 18
_REVENUE_DIGITS: Final = 21
_TENTHS: Final = 10
_EXACT: Final = Context(prec=400)


class _Price(NamedTuple):
    """A term's price, what it is multiplied with, and the scale of the product with a claim's part in fine units."""

    field: str
    counted: str
    scale: int


_PRICES: Final = (
    _Price("rate", "quantity", RATE_TO_FINE),
    _Price("revenue_share", "revenue", REVENUE_TO_FINE),
    _Price("fee_per_work", "", AMOUNT_PART_TO_FINE),
)


class PoolShare(NamedTuple):
    """What a line gets of a pool: floor(pool x basis / whole), in pico."""

    pool: Pool
    basis: int
    whole: int
    part: int
    spared: bool


class Arithmetic(NamedTuple):
    """Everything that comes together under a line's key. `fine` and `shadow_fine` in 1e-49, `pico` what stands after rounding."""

    steps: list[Priced]
    pools: list[PoolShare]
    fine: int
    shadow_fine: int
    pico: int
    shadow_pico: int


def exact(value: int, digits: int) -> str:
    """An integer of 10^-digits as the shortest exact decimal string."""
    text = format(Decimal(value).scaleb(-digits, _EXACT), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def of_line(key: LineKey, traced: Sequence[Priced], totals: Totals) -> Arithmetic:
    """The steps under a line's key, summed by the rules of `tally`: exact sums, one rounding, pools shared by the line's whole basis."""
    steps = [priced for priced in traced if _belongs(priced, key, totals)]
    fine = {True: 0, False: 0}
    bases: dict[tuple[str, bool], int] = {}
    for priced in steps:
        spared = priced.term.terms.mechanism in priced.covered.claim.spared
        if isinstance(priced.earned, Earning):
            fine[spared] += priced.earned.fine
        else:
            name = (priced.earned.basis_name, spared)
            bases[name] = bases.get(name, 0) + priced.earned.basis
    pools = [
        PoolShare(pool, basis, totals[name], part, spared)
        for (name, spared), basis in bases.items()
        for pool, part in totals.parts(name, basis)
        if pool.currency == key.currency
    ]
    shared = {spared: sum(share.part for share in pools if share.spared == spared) for spared in (True, False)}
    return Arithmetic(steps, pools, fine[False], fine[True], to_pico(fine[False]) + shared[False], to_pico(fine[True]) + shared[True])


def _belongs(priced: Priced, key: LineKey, totals: Totals) -> bool:
    if isinstance(priced.earned, Earning):
        return priced.key == key
    currencies = {pool.currency for pool, _ in totals.parts(priced.earned.basis_name, 0)}
    return priced.key._replace(currency=key.currency) == key and key.currency in currencies


def arithmetic_json(found: Arithmetic, currency: str) -> dict[str, Any]:
    """The arithmetic for the reader: at most `STEPS_LISTED_MAX` steps, all pools, and the sum in words."""
    listed = found.steps[:STEPS_LISTED_MAX]
    return {
        "steps": [step_json(priced) for priced in listed],
        "steps_left_out": len(found.steps) - len(listed),
        "pools": [_pool_json(share) for share in found.pools],
        "exact_sum": exact(found.fine, FINE_DIGITS),
        "amount": format_amount(found.pico),
        "shadow": format_amount(found.shadow_pico),
        "in_words": _in_words(found, currency),
    }


def _in_words(found: Arithmetic, currency: str) -> str:
    parts = []
    earned = sum(isinstance(priced.earned, Earning) for priced in found.steps)
    if earned:
        rounded = format_amount(to_pico(found.fine))
        parts.append(
            f"{earned} steps sum to {exact(found.fine, FINE_DIGITS)} {currency}, rounded once, half-even, to 12 decimals: {rounded}"
        )
    parts += [_pool_words(share) for share in found.pools]
    return "; ".join([*parts, f"together {format_amount(found.pico)} {currency}"])


def _pool_words(share: PoolShare) -> str:
    whole = f"floor({format_amount(share.pool.amount)} {share.pool.currency} x {share.basis} / {share.whole})"
    return f"{whole} = {format_amount(share.part)}{' (spared by a buyout: shadow only)' if share.spared else ''}"


def _pool_json(share: PoolShare) -> dict[str, Any]:
    return {
        "pool": share.pool.name,
        "amount": format_amount(share.pool.amount),
        "currency": share.pool.currency,
        "basis_of_this_line": str(share.basis),
        "basis_of_all": str(share.whole),
        "part": format_amount(share.part),
        "in_words": _pool_words(share),
    }


def step_json(priced: Priced) -> dict[str, Any]:
    """One term applied to one use for one claim."""
    use, claim, earned = priced.use, priced.covered.claim, priced.earned
    step = _use_json(use) | {"part": exact(claim.part, _PART_DIGITS), "term": priced.term.name()}
    if isinstance(earned, Earning):
        return step | {"earned": exact(earned.fine, FINE_DIGITS), "currency": earned.currency, "in_words": _step_words(priced, earned)}
    return step | {"counts": str(earned.basis), "towards": earned.basis_name}


def _use_json(use: Use) -> dict[str, Any]:
    known: dict[str, Any] = {
        "kind": use.kind,
        "used_on": use.day,
        "reporter": use.reporter,
        "model": use.model,
        "run_id": use.run_id,
        "use": use.use,
        "territory": use.territory,
        "confidence": format_share(use.band * 10**8) if use.band >= 0 else "",
        "quantity": format_amount(use.quantity) if use.kind == "line" else format_share(use.quantity),
        "revenue": exact(use.revenue, _REVENUE_DIGITS) if use.revenue else "",
        "revenue_currency": use.currency if use.revenue else "",
        "weight": format_share(use.weight) if use.weight else "",
    }
    return {name: value for name, value in known.items() if value}


def _step_words(priced: Priced, earned: Earning) -> str:
    use, part = priced.use, priced.covered.claim.part
    result = f"{exact(earned.fine, FINE_DIGITS)} {earned.currency}"
    for price in _PRICES:
        value = getattr(priced.term.terms, price.field, None)
        counted = getattr(use, price.counted) if price.counted else 1
        whole = (value or 0) * counted * part * price.scale
        tenths = earned.fine * _TENTHS // whole if whole else 0
        if whole and 1 <= tenths <= _TENTHS and whole * tenths // _TENTHS == earned.fine:
            return f"{_factors(price, value or 0, use)} x {exact(part, _PART_DIGITS)}{_confidence(tenths)} = {result}"
    if use.kind == "line" and earned.fine == -use.quantity * FINE:
        return f"-{format_amount(use.quantity)}: the whole line goes to what was claimed"
    return f"once {result}"


def _factors(price: _Price, value: int, use: Use) -> str:
    if price.counted == "quantity":
        return f"{format_amount(value)} a use x {format_share(use.quantity)} uses"
    if price.counted == "revenue":
        return f"{format_share(value)} x {exact(use.revenue, _REVENUE_DIGITS)} {use.currency} of revenue"
    return format_amount(value)


def _confidence(tenths: int) -> str:
    return "" if tenths == _TENTHS else f" x {tenths}/10 for confidence"


def line_json(line: Line) -> dict[str, str]:
    """A line as its file has it; the title as it is registered."""
    return dict(zip(settlement_csv.LINES, settlement_csv.line(line), strict=True)) | {"title": line.title}


def posted_json(before: Posting, after: Posting, line: Line) -> dict[str, Any]:
    """What stood under the line's key before, what stands after, and the line between them."""
    return {
        "before": format_amount(before.amount),
        "after": format_amount(after.amount),
        "difference": format_amount(after.amount - before.amount),
        "is_the_line": after.minus(before) == line.posting,
        "corrects": line.adjusts or None,
    }


def terms_json(steps: Sequence[Priced]) -> list[dict[str, Any]]:
    """The terms as they were applied, the best of an MFN group taken, each with the deal's version."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for priced in steps:
        term, version = priced.term, priced.covered.version
        content = term.terms.model_dump(mode="json", exclude_none=True)
        named = {name: format_amount(value) if name == "amount" and isinstance(value, int) else value for name, value in content.items()}
        about = {"term": term.name(), "deal_id": term.deal_id, "licensee": term.licensee, "currency": term.currency}
        found.setdefault((term.name(), version), about | ({"version": version} if version else {}) | {"terms": named})
    return [found[name] for name in sorted(found)]


def remainder_json(key: LineKey, totals: Totals) -> dict[str, Any]:
    """A line of the residue part: the pools whose undivided rest it is."""
    prefix = f"{key.deal_id}|{key.mechanism}|"
    mine = [pool for name, pool in sorted(totals.pools.items()) if name.startswith(prefix) and pool.currency == key.currency]
    pools = [{"pool": pool.name, "amount": format_amount(pool.amount), "basis_of_all": str(totals[pool.basis])} for pool in mine]
    why = "nobody's covered share had a basis in the pool" if key.account == SUSPENSE else "less than one unit a line, left by dividing"
    return {"pools": pools, "in_words": f"what is left of these pools once every line has its floor(amount x basis / basis_of_all): {why}"}


def notes(*, matches: bool, adds_up: bool, moved: Mapping[str, str]) -> list[str]:
    """What a reader must know before believing the explanation. `moved` holds partitions accrued again since, with the time."""
    found = []
    if not adds_up:
        found.append("the posted amounts before and after do not differ by the line: report this")
    if not matches and moved:
        found.append(
            "the usage behind this line was corrected after the settlement, so it no longer comes to the same; the next one adjusts it"
        )
    elif not matches:
        found.append("computed again, the line comes to another amount, and nothing behind it is known to have changed: report this")
    elif moved:
        found.append("some of the usage behind this line was read again since; it comes to the same")
    return found
