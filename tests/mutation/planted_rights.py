"""Bugs of who is paid for what, and of facts as they come in."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import bug

RIGHTS: Final = (
    bug(
        "a society's deal goes before a party's own",
        "settlement/claims.py",
        '("direct", "society", "open")',
        '("society", "direct", "open")',
        "unit/test_mechanisms_claims",
        "unit/test_entitlement_properties",
    ),
    bug(
        "an owner's word does not count against silence",
        "settlement/consent.py",
        'denied=word.default == "deny"',
        'denied=word.default == "deny" and silence != "opt_in"',
        "unit/test_consent",
    ),
    bug(
        "what was denied is called unclaimed",
        "settlement/consent.py",
        "REASONS: Final = (DISPUTED, DENIED_USE, UNREGISTERED, UNCLAIMED_SHARE,",
        "REASONS: Final = (DISPUTED, UNCLAIMED_SHARE, DENIED_USE, UNREGISTERED,",
        "unit/test_consent",
        "unit/test_holds",
    ),
    bug(
        "shares above one whole are paid as they stand",
        "settlement/holdings.py",
        "        return {(party, DISPUTED): part for party, part in split(NANO, claimed).items() if part}",
        '        return {(party, ""): part for party, part in split(NANO, claimed).items() if part}',
        "unit/test_mechanisms_claims",
    ),
    bug(
        "one side's yes is enough",
        "rights/agreement.py",
        "(self.needed and willing.issuperset(self.needed))",
        "(self.needed and willing.intersection(self.needed))",
        "unit/test_agreement",
    ),
    bug(
        "an agreement counts before it was made",
        "rights/agreement.py",
        "and decided.at <= cutoff",
        "and bool(cutoff)",
        "unit/test_agreement",
        "unit/test_agreed_settlements",
    ),
    bug(
        "of versions of one day the first stands",
        "rights/versions.py",
        "version.effective_from >= found.effective_from",
        "version.effective_from > found.effective_from",
        "unit/test_versions",
    ),
    bug(
        "a version counts before it was recorded",
        "rights/versions.py",
        "self.recorded_at <= cutoff if",
        "bool(cutoff) if",
        "unit/test_versions",
    ),
    bug(
        "a mandate counts without its society",
        "rights/mandates.py",
        "        if accord and accord.agreement.counts(cutoff):",
        "        if accord:",
        "unit/test_mandates",
    ),
    bug(
        "a hold of a licensee holds all licensees",
        "settlement/holds.py",
        'and self.licensee in {"", use.licensee}',
        "and True",
        "unit/test_holds",
    ),
    bug(
        "a party changes what an admin keeps of it",
        "rights/registration.py",
        'closed = ("kind",) if actor.finance else _GOVERNED',
        'closed = ("kind",)',
        "unit/test_registration",
    ),
)

FACTS: Final = (
    bug(
        "of one revision the last counts",
        "facts/duplicates.py",
        "np.lexsort((-revision[rows], *owners))",
        "np.lexsort((-np.arange(len(rows)), -revision[rows], *owners))",
        "unit/test_accrual_arrays",
    ),
    bug(
        "a withdrawn batch counts on",
        "facts/accrual_arrays.py",
        "    live = [page for page in ordered if page.batch not in gone]",
        "    live = list(ordered)",
        "unit/test_accrual_arrays",
    ),
    bug(
        "an expired page counts until the table takes it",
        "stores/accruals.py",
        "        elif not retention.has_expired(item):",
        "        else:",
        "integration/test_retention",
    ),
    bug(
        "a final day is accrued to nothing",
        "stores/accruals.py",
        "        if retention.is_over(result.partition):",
        "        if False:",
        "integration/test_retention",
    ),
    bug(
        "a final day's batch can be withdrawn",
        "steps/usage.py",
        "    _refuse_final(item, map(Partition.parse, partitions))\n",
        "",
        "integration/test_retention",
    ),
    bug(
        "a worker looks at the fence before it marks",
        "stores/fences.py",
        "    if ledger.get(keys.fence(month)) is not None:\n",
        "    if False:\n",
        "unit/test_fences",
        "integration/test_settlement_fence",
    ),
    bug(
        "an entry leaves the outbox before its partitions wait",
        "stores/outbox.py",
        "            table.put_many(items.values())\n            table.delete_many(tables.key_of(entry) for entry in entries)\n",
        "            table.delete_many(tables.key_of(entry) for entry in entries)\n            table.put_many(items.values())\n",
        "integration/test_accrual",
        "integration/test_usage_faults",
    ),
    bug(
        "a broken invariant is tried again and again",
        "steps/accrual.py",
        "not isinstance(error, InvariantBroken | Rejected",
        "not isinstance(error, Rejected",
        "integration/test_quarantine",
    ),
    bug(
        "whoever is indexed first owns an output",
        "facts/outputs.py",
        "return None if earlier else current",
        "return current",
        "unit/test_disclosures",
    ),
    bug(
        "a lost answer is taken for a conflict",
        "aws/transactions.py",
        "        if not attempts.doubtful or not _is_done(writes):",
        "        if True:",
        "integration/test_contention",
    ),
    bug(
        "each attempt of a transaction bears a new token",
        "aws/transactions.py",
        "patiently(partial(client.transact_write_items, TransactItems=wire, ClientRequestToken=str(uuid.uuid4())), attempts)",
        "patiently(lambda: client.transact_write_items(TransactItems=wire, ClientRequestToken=str(uuid.uuid4())), attempts)",
        "integration/test_contention",
    ),
)
