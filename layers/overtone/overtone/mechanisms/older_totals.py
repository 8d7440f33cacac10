"""Reads totals and residue as format 1 kept them: names glued together with `|`, the model's name unquoted in their midst.

Settlements are explained for as long as they are kept, and residue stands until a pool takes it, so what the first version
stored must be read for years. Nothing writes it any more. Names are cut from both ends: only a model's name could hold a `|`.
"""

from collections.abc import Mapping
from typing import Any

from overtone.mechanisms.totals import NO_TERM, Pool, Purse, TotalKey, Totals
from overtone.scales import Pico

_BASIS = "basis"
_FEE_BASIS = "fee_basis"


def totals(stored: Mapping[str, Any]) -> Totals:
    """Stored totals of any format."""
    if "format" in stored:
        return Totals.from_json(stored)
    found = Totals()
    found.sums = {key(name): int(value) for name, value in stored["sums"].items()}
    found.notes = {key(name): int(value) for name, value in stored["notes"].items()}
    for name, currency, amount, basis, *month in stored["pools"]:
        found.open_pool(Pool(_pool(name), currency, Pico(int(amount)), key(basis), *month))
    return found


def with_currencies(found: Totals) -> Totals:
    """The totals, in place, with what a training fee is shared by under the fee's currency: before a deal could change it within a month it
    stood under none.
    """
    older = [pool for pool in found.pools.values() if pool.basis.kind == _FEE_BASIS and not pool.basis.currency]
    for pool in older:
        named = pool.basis._replace(currency=pool.currency)
        found.replace({named: found[pool.basis]})
        found.open_pool(pool._replace(basis=named))
    for pool in older:
        found.sums.pop(pool.basis, None)
    return found


def purse(name: str) -> Purse:
    """`deal|mechanism|ordinal|currency`, what residue was kept under."""
    deal_id, mechanism, ordinal, currency = name.split("|")
    return Purse(deal_id, mechanism, int(ordinal), currency)


def key(name: str) -> TotalKey:
    """The name of a sum or a note."""
    first, *rest = name.split("|")
    if first == "read":
        return TotalKey(*NO_TERM, "read", currency=rest[0])
    if first == "limit":
        return TotalKey(*NO_TERM, f"limit_{rest[0]}", party=rest[1], of="|".join(rest[2:]))
    if first == "carried":
        return purse("|".join(rest)).joined
    mechanism, ordinal, kind, *about = rest
    return TotalKey(first, mechanism, int(ordinal), *_about(kind, about))


def _about(kind: str, about: list[str]) -> tuple[str, str, str, str]:
    """Kind, party, `of` and currency of a term's total."""
    if kind == "party":
        return "party", "|".join(about), "", ""
    if kind in {"by_revenue", "matched", "unclaimed", "pool"} and about:
        return kind, "", "", about[-1]
    if kind in {"fee", "fallback"} and about[-1] == _BASIS:
        return f"{kind}_basis", "", "|".join(about[:-1]), ""
    if kind == "fallback":
        *model, price, currency = about
        return price if price == "owed" else f"fallback_{price}", "", "|".join(model), currency
    return kind, "", " ".join(about), ""


def _pool(name: str) -> TotalKey:
    """A pool's own name, which ends otherwise than the names of sums."""
    deal_id, mechanism, ordinal, kind, *about = name.split("|")
    term = (deal_id, mechanism, int(ordinal))
    if kind == "party":
        return TotalKey(*term, "pool", party="|".join(about[:-1]))
    if kind == "fallback":
        return TotalKey(*term, kind, of="|".join(about[:-1]), currency=about[-1])
    return key(name)
