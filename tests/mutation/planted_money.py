"""Bugs of what a use is worth, and those that once passed unnoticed."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import PACKAGE, Bug, bug

ONCE_UNNOTICED: Final = (
    bug(
        "the receipt is committed before pages and outbox: claim, then write",
        "stores/facts.py",
        "        transact(writes(fact))\n",
        "        transact(writes(fact)[:1])\n        transact(writes(fact)[1:])\n",
        "integration/test_cut_off",
        named=True,
    ),
    Bug(
        "the chain advances before the manifest is written",
        PACKAGE + "steps/settlement/closing.py",
        (
            ('    attempted_files.write(key, body, "application/json", attempted_files.of_settlement(plan))\n', ""),
            (
                "    fences.lower(plan.settlement_id, ",
                '    buckets.settlement().put(key, body, "application/json")\n    fences.lower(plan.settlement_id, ',
            ),
        ),
        ("tests/integration/test_in_between.py",),
        named=True,
    ),
    bug(
        "shards by record id, so that one subject's duplicates fall apart",
        "facts/intake.py",
        "pairs = list(zip(records.used_on, records.subject, strict=True))",
        "pairs = list(zip(records.used_on, records.record_id, strict=True))",
        "unit/test_partitions_rows_lines",
        named=True,
    ),
    bug(
        "what arrived while a worker accrued is deleted with what it saw",
        "steps/accrual.py",
        "    outbox.unmark(seen)\n\n\ndef _is_due",
        "    outbox.unmark(outbox.pending_of(partition_id))\n\n\ndef _is_due",
        "integration/test_in_between",
        named=True,
    ),
    bug(
        "a partition is said to be done before it is set aside no more",
        "steps/accrual.py",
        "    quarantine.remove(partition_id)\n    outbox.unmark(seen)\n",
        "    outbox.unmark(seen)\n    quarantine.remove(partition_id)\n",
        "integration/test_quarantine",
    ),
    bug(
        "a disclosure does not accrue anew the partitions whose worker runs",
        "stores/subjects.py",
        '        found.update(item["sk"] for item in ledger.query(keys.running(month, "").pk))',
        "        pass",
        "integration/test_in_between",
        named=True,
    ),
    bug(
        "changes in flight at the cut-off are missed for lack of the margin",
        "steps/settlement/agenda.py",
        "IN_FLIGHT_SECONDS: Final = 60",
        "IN_FLIGHT_SECONDS: Final = 0",
        "integration/test_in_between",
        named=True,
    ),
    bug(
        "parts are overwritten on a retry instead of kept",
        "stores/settlements.py",
        "        buckets.settlement().create(key, body)\n    except AlreadyExists:\n        return\n\n\ndef work_key",
        "        buckets.settlement().put(key, body)\n    except AlreadyExists:\n        return\n\n\ndef work_key",
        "integration/test_in_between",
        named=True,
    ),
)

MONEY: Final = (
    bug(
        "a tie rounds up instead of to the even one",
        "money.py",
        "(twice == denominator and quotient % 2 == 1)",
        "twice == denominator",
        "unit/test_money",
    ),
    bug("the last picos of a split go to the smaller weight", "money.py", "-weights[key], key))", "weights[key], key))", "unit/test_money"),
    bug(
        "a payment is rounded half up to the minor unit",
        "money.py",
        "Pico(pico // unit * unit)",
        "Pico((pico + unit // 2) // unit * unit)",
        "unit/test_money",
    ),
    bug(
        "the largest amount is not held",
        "money.py",
        " and abs(pico := _scaled(text, 12)) <= AMOUNT_MAX",
        " and abs(pico := _scaled(text, 12)) >= 0",
        "unit/test_money",
    ),
    bug(
        "of equal prices the rate is owed",
        "mechanisms/pricing.py",
        'int(totals[term.name("by_rate")] > revenue)',
        'int(totals[term.name("by_rate")] >= revenue)',
        "unit/test_mechanisms_prices",
        "unit/test_term_properties",
    ),
    bug(
        "a day is priced from a unit before it",
        "mechanisms/tier_prices.py",
        "max(before, tier.from_ * scale)",
        "max(before - 10**27, tier.from_ * scale)",
        "unit/test_mechanisms_prices",
    ),
    bug(
        "a run's fee is owed in the currency of the month's last version",
        "mechanisms/training_run.py",
        'yield Pool(term.name("fee", of=basis.of), basis.currency, ',
        'yield Pool(term.name("fee", of=basis.of), term.currency, ',
        "unit/test_entitlement_properties",
    ),
    bug(
        "a guarantee is topped up before its period has ended",
        "mechanisms/minimum_guarantee.py",
        "    if last <= month.through:",
        "    if month.month <= month.through:",
        "unit/test_mechanisms_pools",
        "unit/test_golden_cases",
        "unit/test_term_properties",
    ),
    bug(
        "lines in other currencies count towards a guarantee",
        "mechanisms/minimum_guarantee.py",
        "        if use.currency == term.currency:\n            totals",
        "        if use.currency:\n            totals",
        "unit/test_mechanisms_pools",
    ),
    bug(
        "a cap forgets the months before it",
        "mechanisms/caps.py",
        "            if start <= name.of <= month.month:",
        "            if name.of == month.month:",
        "unit/test_golden_terms",
        "unit/test_term_properties",
    ),
    bug(
        "a cap does not count what waits",
        "mechanisms/caps.py",
        "    for kind in (OWED, UNDIVIDED):",
        "    for kind in (OWED,):",
        "unit/test_term_properties",
        "unit/test_golden_terms",
    ),
    bug(
        "residue that stands is below what a pool holds",
        "settlement/residue.py",
        "max(standing.get(pool.purse, ZERO_PICO), -pool.amount)",
        "standing.get(pool.purse, ZERO_PICO)",
        "unit/test_mechanisms_residue",
    ),
    bug(
        "residue that joined a pool is kept a second time",
        "settlement/residue.py",
        "        added[purse] -= pico\n",
        "        added[purse] -= 0\n",
        "unit/test_mechanisms_residue",
    ),
    bug(
        "two months take the same residue",
        "settlement/rounds.py",
        "        standing.take(month, residue.carried(of_month))\n",
        "",
        "unit/test_mechanisms_residue",
    ),
    bug(
        "a levy counts plays instead of their root",
        "mechanisms/levy.py",
        "isqrt(use.quantity * NANO)",
        "use.quantity",
        "unit/test_mechanisms_levies",
    ),
    bug(
        "a buyout or an instalment is due in every month",
        "settlement/entitlement.py",
        "                if day[:7] == self.month:\n",
        "                if day[:7] <= self.month:\n",
        "unit/test_golden_cases",
        "unit/test_golden_terms",
    ),
)
