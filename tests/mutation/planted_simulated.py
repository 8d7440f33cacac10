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
    bug(
        "what a try that was given up wrote stays beside what was sealed",
        "steps/settlement/closing.py",
        "        leftovers.sweep(settlement_store.get(plan.settlement_id))\n",
        "",
        "integration/test_tries_given_up",
    ),
    bug(
        "what a function of such a try adds after the seal stays",
        "steps/settlement/opening.py",
        "        leftovers.sweep_again()\n",
        "",
        "integration/test_tries_given_up",
    ),
    bug(
        "a list shows a statement that no manifest names",
        "stores/sealed_files.py",
        '(record["attempt"] == 1 or names(record, name))',
        "True",
        "integration/test_tries_given_up",
    ),
    bug(
        "an earlier try replaces what a later one has written",
        "stores/attempted_files.py",
        "return bucket.replace(seen, body, media_type, tags)",
        "return bucket.put(key, body, media_type, tags)",
        "integration/test_tries_given_up",
    ),
    bug(
        "a plan outlives the seal of another settlement, which it does not follow",
        "steps/settlement/drain.py",
        "sealed_state.before(plan) == sealed_state.of_chain(head)",
        "True",
        "integration/test_settlement_chain",
    ),
    bug(
        "the fourth round of a settlement is not read",
        "stores/books.py",
        "ROUNDS_MAX: Final = len(get_args(Round))",
        "ROUNDS_MAX: Final = 3",
        "integration/test_capped_rounds",
    ),
    bug(
        "in a what-if a liquidation is of whoever owed when it was posted",
        "settlement/entitlement.py",
        "licensee=owes.get(deal_id, one.licensee)",
        "licensee=one.licensee",
        "unit/test_what_if_holds",
    ),
    bug(
        "an amount that cannot be negative takes a sign",
        "fields.py",
        'if str(text).startswith("-"):',
        "if pico < 0:",
        "unit/test_fields",
    ),
    bug(
        "an advance that only an earlier version states is due again as the next one begins",
        "settlement/deal_uses.py",
        "for version in active.by_version():",
        "for version in (active,):",
        "unit/test_entitlement_properties",
    ),
    bug(
        "a buyout that only an earlier version states is due again as the next one begins",
        "settlement/deal_uses.py",
        "begun = [version for version in active.by_version() if",
        "begun = [version for version in (active,) if",
        "unit/test_entitlement_properties",
    ),
    bug(
        "uses that were all taken back leave no trace in an explanation",
        "views/explanations.py",
        'rows, "" if verified else key.work_key)',
        'rows, "")',
        "integration/test_settlement_adjustments",
    ),
    bug(
        "an explanation rounds what a cap looks at together with the rest",
        "settlement/explanation.py",
        "name = step.term.key if step.term.key in capped else None",
        "name = None",
        "unit/test_explanation",
    ),
    bug(
        "what nobody holds of a right is breached, although it rounds to nothing",
        "settlement/claims.py",
        "use), holder.share)] if holder.share else []",
        "use), holder.share)]",
        "unit/test_share_scopes",
    ),
    bug(
        "uses that nobody has a claim on do not count towards an owner's limit",
        "settlement/breach_search.py",
        "if name := limit_name(claimed.evidence.use):",
        "if (name := limit_name(claimed.evidence.use)) and claimed.claims:",
        "unit/test_mechanisms_claims",
    ),
    bug(
        "what comes off the top of a pool is told as if it were final",
        "views/accruals.py",
        "{key for key in postings if _named(key) in pooled}",
        "{key for key in postings if key._replace(currency='') in pooled}",
        "integration/test_finance_money",
    ),
)
