"""All months of a settlement: the first round of each, then what looks at lines."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.model.capping import cap_terms
from tests.model.clauses import period_of
from tests.model.exact import PICO, ZERO, half_even, number
from tests.model.following import follow_training
from tests.model.ledger import Key, Line, Pool, key_of
from tests.model.pricing import Month
from tests.model.register import Register
from tests.model.repertoires import repertoire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.model.ledger import Purse
    from tests.model.terms import Term
    from tests.model.usage import Facts

UNCLAIMED = {"unregistered", "unclaimed_share", "unattributed"}
Lines = dict[Key, Line]


class Chain:
    """Settlements one after the other: what the pools of a settled month left over joins those of a month settled for the first time."""

    def __init__(self) -> None:
        self.carried: dict[str, dict[Purse, int]] = {}
        self.left: dict[str, dict[Purse, int]] = {}

    def settle(self, facts: Facts, months: Iterable[str], cutoff: str, through: str, register: Register | None = None) -> Lines:
        """What everybody is entitled to for these months, as far as was known at the cut-off; `register`: that of the facts, if made."""
        register = register or Register(facts, cutoff)
        priced = {month: Month(facts, month, register) for month in sorted(months)}
        free: dict[Purse, int] = defaultdict(int)
        for left in self.left.values():
            for purse, pico in left.items():
                free[purse] += pico
        rounds = {}
        for month, one in priced.items():
            ledger = one.price([priced[before] for before in sorted(priced) if before < month])
            new = month not in self.carried
            self.carried[month] = ledger.join(free if new else self.carried[month])
            for purse in self.carried[month] if new else ():
                del free[purse]
        for month, one in priced.items():
            cap_terms(one, [priced[before] for before in sorted(priced) if before < month])
        for month, one in priced.items():
            self.left[month] = one.ledger.left()
            rounds[month] = one.ledger.lines()
        fees: dict[tuple[str, str, int], dict[Key, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        for name, period in sorted(
            {(term.name, period_of(term.says["fee"]["per"], m)) for m, one in priced.items() for term in _fees(one)}
        ):
            _add(fees[name], _fee(name, period, priced, through))
        for name, lines in fees.items():
            for key, line in _within_cap(name, {key: Line(*amounts) for key, amounts in lines.items()}, priced).items():
                stands = rounds[key.usage_month].get(key, Line(0, 0))
                rounds[key.usage_month][key] = Line(stands.amount + line.amount, stands.shadow + line.shadow)
        return _with_second_round(facts, priced, rounds, through)


def settled(facts: Facts, months: Iterable[str], cutoff: str, through: str) -> Lines:
    """What the first settlement of these months comes to."""
    return Chain().settle(facts, months, cutoff, through)


def known_months(facts: Facts, through: str) -> list[str]:
    """The months that a settlement looks at: of which anything was reported, or in which a deal owes something by itself."""
    reported = {record["used_on"][:7] for record in facts["usage"]} | {run["trained_on"][:7] for run in facts["runs"]}
    reported |= {fact["month"] for kind in ("revenue", "levies") for fact in facts[kind]}
    contents = [version["content"] for versions in facts["deals"].values() for version in versions]
    due = {month for content in contents for month in _months_due(content, through)}
    return sorted(month for month in reported | due if month <= through)


def _months_due(deal: dict[str, Any], through: str) -> list[str]:
    mechanisms = {terms["mechanism"] for terms in deal["terms"]}
    month, last, found = deal["from"][:7], (deal.get("to") or through)[:7], []
    while month <= min(last, through) and mechanisms & {"advance", "buyout", "minimum_guarantee", "licence_fee"}:
        found.append(month)
        month = f"{month[:4]}-{int(month[5:]) + 1:02d}" if month[5:] < "12" else f"{int(month[:4]) + 1}-01"
        if not mechanisms & {"minimum_guarantee", "licence_fee"}:
            break
    paid = [due["on"][:7] for terms in deal["terms"] for due in terms.get("instalments", ())]
    return sorted({*found, *(month for month in paid if month <= through)})


def _with_second_round(facts: Facts, priced: dict[str, Month], rounds: dict[str, Lines], through: str) -> Lines:
    """The lines of the first round, and what looks at them."""
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for lines in rounds.values():
        _add(found, lines)
    topped: dict[tuple[str, str, int], dict[Key, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    unpaid: dict[tuple[str, str, int], tuple[Fraction, str]] = {}
    periods = {(term.name, _period(term, month)) for month, one in priced.items() for term in _guarantees(one)}
    for name, period in sorted(periods, key=lambda one: (one[0], one[1][-1], len(one[1]))):
        _add(topped[name], _topped_up((name, period), priced, rounds, through, unpaid))
    for name, of_term in topped.items():
        _add(found, _within_cap(name, {key: Line(*amounts) for key, amounts in of_term.items()}, priced))
    for liquidation in facts["liquidations"]:
        if liquidation["month"] in rounds:
            _add(found, _liquidated(liquidation["deal_id"], liquidation["month"], rounds[liquidation["month"]]))
    return _off_the_top({key: Line(*amounts) for key, amounts in found.items() if any(amounts)}, priced)


def _off_the_top(lines: Lines, priced: dict[str, Month]) -> Lines:
    """What each deal pays before anybody: of each line its share, rounded towards nothing. What a pool holds back is not a line yet."""
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    _add(found, lines)
    for key, line in lines.items():
        deals = priced[key.usage_month].deals
        cuts = deals[key.deal_id][0].says.get("off_the_top", ()) if key.deal_id in deals else ()
        undivided = not key.side and (key.account == "residue" or (key.reason == "unattributed" and not key.work_key))
        for cut in cuts if not undivided else ():
            part = int(line.amount * number(cut["share"]))
            found[key][0] -= part
            owed = {"side": "off_the_top", "account": "party", "party_id": cut["party"], "member_id": cut["party"], "reason": ""}
            found[key._replace(**owed)][0] += part
    return {key: Line(*amounts) for key, amounts in found.items() if any(amounts)}


def _add(found: dict[Key, list[int]], lines: Lines) -> None:
    for key, line in lines.items():
        found[key][0] += line.amount
        found[key][1] += line.shadow


def _fees(month: Month) -> list[Term]:
    return [term for term in month.terms.values() if term.mechanism == "licence_fee"]


def _fee_period(term: Term, month: str) -> tuple[str, ...]:
    return period_of(term.says["fee"]["per"], month)


def _fee(name: tuple[str, str, int], period: tuple[str, ...], priced: dict[str, Month], through: str) -> Lines:
    """A licence fee of a period, owed in the last month of it that has the term, whose terms count."""
    months = [
        m for m in period if m in priced and name in priced[m].terms and period_of(priced[m].terms[name].says["fee"]["per"], m) == period
    ]
    if not months or period[-1] > through:
        return {}
    closing = priced[months[-1]]
    term, deal = closing.terms[name], closing.deal_of(closing.terms[name])
    pool = Pool(name[0], name[1], deal.says["licensee"])
    pool.amounts[closing.currency_of(term)] = half_even(number(term.says["fee"]["amount"]))
    basis = term.says["basis"]
    if basis == "training":
        own = [use for use in closing.latest if use.licensee == deal.says["licensee"]]
        follow_training(closing, term, deal, own, ("", "licence_fee", "aside"), weighed=False)
        pool.basis |= closing.ledger.pools.pop(("", "licence_fee", "aside")).basis if own else {}
    elif basis == "presence":
        for work_id, held in repertoire(closing, deal, closing.deals[name[0]][1]):
            line = key_of(closing.month, held, name[1], deal.says["licensee"], "", f"work:{work_id}")
            pool.basis[line, name[1] in held.spared] += held.part
    else:
        for month in priced.values():
            if month.month in period:
                for key, size in month.fees[name, basis, term.says["fee"]["per"]].items():
                    pool.basis[key] += size
    return _lines_of(pool, closing.month, spared=True)


def _guarantees(month: Month) -> list[Term]:
    return [term for term in month.terms.values() if term.mechanism == "minimum_guarantee"]


def _period(term: Term, month: str) -> tuple[str, ...]:
    """The months of the calendar period that a month is in."""
    return period_of(term.says["period"], month)


def _within_cap(name: tuple[str, str, int], lines: Lines, priced: dict[str, Month]) -> Lines:
    """The lines of a fee or a guarantee, month by month no more than what its cap leaves; what waits for everybody shrinks alike."""
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    _add(found, lines)
    for month, one in priced.items():
        term = one.terms.get(name)
        if term is None or not (cap := term.says.get("cap")):
            continue
        start = "" if cap["per"] == "deal" else period_of(cap["per"], month)[0]
        left = number(cap["amount"]) * PICO
        with_cap = {
            of for of, earlier in priced.items() if start <= of <= month and name in earlier.terms and earlier.terms[name].says.get("cap")
        }
        owed = {key: line.amount for key, line in lines.items() if key.usage_month in with_cap and key.account != "residue"}
        for of in sorted({key.usage_month for key in owed}):
            of_month = {key: amount for key, amount in owed.items() if key.usage_month == of}
            worth = sum((amount * one.rate_of_exchange(key.currency, one.currency_of(term)) for key, amount in of_month.items()), ZERO)
            allowed = min(worth, left)
            left -= allowed
            if of == month and allowed < worth:
                for currency in {key.currency for key in of_month}:
                    _shrink(found, {key: amount for key, amount in of_month.items() if key.currency == currency}, allowed / worth)
    return {key: Line(*amounts) for key, amounts in found.items()}


def _shrink(found: dict[Key, list[int]], owed: dict[Key, int], part: Fraction) -> None:
    shared = {key: amount for key, amount in owed.items() if key.work_key}
    whole = sum(shared.values())
    pool = int(whole * part)
    for key, amount in owed.items():
        found[key][0] += (pool * amount // whole if key in shared else int(amount * part)) - amount
    if shared:
        rest = next(iter(shared)).plain()._replace(model="", work_key="", work_id="", side="", account="residue", reason="")
        found[rest._replace(party_id="", member_id="")][0] += pool - sum(pool * amount // whole for amount in shared.values())


def _topped_up(
    of: tuple[tuple[str, str, int], tuple[str, ...]],
    priced: dict[str, Month],
    rounds: dict[str, Lines],
    through: str,
    unpaid: dict[tuple[str, str, int], tuple[Fraction, str]],
) -> Lines:
    """What a period's guarantee tops up, or what its surplus pays back of `unpaid`: what earlier ones topped up, by term, in a currency."""
    name, period = of
    months = [
        month for month in period if month in priced and name in priced[month].terms and _period(priced[month].terms[name], month) == period
    ]
    closing = priced[months[-1]]
    term, deal = closing.terms[name], closing.deal_of(closing.terms[name])
    pool = Pool(name[0], name[1], deal.says["licensee"])
    currency = closing.currency_of(term)
    counted = [
        (key, line.amount)
        for month in months
        for key, line in rounds[month].items()
        if key.deal_id == name[0] and key.work_key and key.currency == currency and line.amount > 0
    ]
    nobodys = sum(
        line.amount
        for month in months
        for key, line in rounds[month].items()
        if key.deal_id == name[0] and key.reason == "unattributed" and not key.work_key and key.currency == currency
    )
    missing = half_even(number(term.says["amount"])) - sum(amount for _, amount in counted) - nobodys
    if period[-1] > through:
        return {}
    if term.says.get("recoupable"):
        left, left_in = unpaid.get(name, (Fraction(0), currency))
        left *= closing.rate_of_exchange(left_in, currency) if left else 1
        back = min(int(left), max(0, -missing), sum(amount for _, amount in counted))
        unpaid[name] = left + max(0, missing) - back, currency
        missing = missing if missing > 0 else -back
    else:
        missing = max(0, missing)
    if not missing:
        return {}
    pool.amounts[currency] = missing
    for key, amount in counted:
        pool.basis[key.plain()._replace(mechanism=name[1]), False] += Fraction(amount)
    if not counted:
        for work_id, held in repertoire(closing, deal, closing.deals[name[0]][1]):
            pool.basis[key_of(closing.month, held, name[1], deal.says["licensee"], "", f"work:{work_id}"), False] += held.part
    return _lines_of(pool, closing.month)


def _lines_of(pool: Pool, month: str, *, spared: bool = False) -> Lines:
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for key, shadow, part in pool.parts():
        found[key][spared and shadow] += part
    for currency, left in pool.left().items():
        found[pool.rest_key(month, currency)][0] += left
    return {key: Line(*amounts) for key, amounts in found.items()}


def _liquidated(deal_id: str, month: str, lines: Lines) -> Lines:
    """What nobody claimed, spread over what was matched, currency by currency."""
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    mine = {key: line.amount for key, line in lines.items() if key.deal_id == deal_id and key.work_key and line.amount > 0}
    for currency in {key.currency for key in mine}:
        matched = {key: amount for key, amount in mine.items() if key.account == "party" and key.currency == currency}
        unclaimed = {key: amount for key, amount in mine.items() if key.reason in UNCLAIMED and key.currency == currency}
        if not matched or not unclaimed:
            continue
        pool = Pool(deal_id, "liquidation", next(iter(matched)).licensee)
        pool.amounts[currency] = sum(unclaimed.values())
        for key, amount in matched.items():
            pool.basis[key.plain()._replace(mechanism="liquidation"), False] += Fraction(amount, PICO)
        for key, line in _lines_of(pool, month).items():
            found[key][0] += line.amount
        for key, amount in unclaimed.items():
            found[key.plain()._replace(mechanism="liquidation")][0] -= amount
    return {key: Line(*amounts) for key, amounts in found.items() if any(amounts)}
