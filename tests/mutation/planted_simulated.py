"""Bugs that the simulation found, each planted again where it was mended."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import bug

SIMULATED: Final = (
    bug(
        "a step that runs twice takes the chain for a settlement that has ended",
        "stores/chain.py",
        "transact([Put(tables.ledger(), {**taken}, unmoved), computing])",
        "transact([Put(tables.ledger(), {**taken}, unmoved)])",
        "integration/test_steps_twice",
    ),
    bug(
        "whoever lowers a fence lowers another execution's",
        "stores/fences.py",
        'if item["settlement_id"] == settlement_id and (held := _owner(item)) in {"", owner}:',
        'if item["settlement_id"] == settlement_id and (held := "") in {"", owner}:',
        "integration/test_steps_twice",
    ),
    bug(
        "what the bank sent back is no movement where a correction takes as much off",
        "payout/accounts.py",
        "                self.earned,\n                self.returned,\n                self.returned_tax,\n"
        "                self.written_off,\n",
        "                self.credited,\n",
        "unit/test_payees",
    ),
    bug(
        "a dispute brings an identifier back that was given up",
        "rights/disputes.py",
        "after.model_copy(update=named)",
        "after",
        "integration/test_disputes",
    ),
    bug(
        "an identifier weighs for a work that gave it up",
        "stores/registry.py",
        "(key in held and held[key].at(cutoff) == work_id)",
        "key in held",
        "integration/test_settlement_changes",
    ),
    bug(
        "a month's deal lasts to its own end, though a later version ended it before",
        "settlement/snapshot.py",
        "._replace(last_day=day)",
        "._replace(last_day=last_day if active.deal.to is None else min(active.deal.term.until, last_day))",
        "unit/test_snapshot_deals",
    ),
)
