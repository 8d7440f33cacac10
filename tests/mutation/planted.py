"""The bugs: where each is planted, and the tests nearest to it. What a bug would have done is its name."""

from __future__ import annotations

from typing import Final, NamedTuple

PACKAGE: Final = "layers/overtone/overtone/"


class Bug(NamedTuple):
    """A change of one file, as texts that each stand in it once and what takes their place.

    `named` says that it was among the seven that once passed unnoticed. `harmless` is the reason why nothing can notice it.
    """

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]
    named: bool = False
    harmless: str = ""


def _bug(name: str, file: str, old: str, new: str, *tests: str, named: bool = False, harmless: str = "") -> Bug:
    return Bug(name, PACKAGE + file, ((old, new),), tuple(f"tests/{test}.py" for test in tests), named, harmless)


ONCE_UNNOTICED: Final = (
    _bug(
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
            ('    buckets.settlement().put(key, body, "application/json")\n    sha256', "    sha256"),
            (
                "    fences.lower(plan.settlement_id)\n",
                '    buckets.settlement().put(key, body, "application/json")\n    fences.lower(plan.settlement_id)\n',
            ),
        ),
        ("tests/integration/test_in_between.py",),
        named=True,
    ),
    _bug(
        "shards by record id, so that one subject's duplicates fall apart",
        "facts/intake.py",
        "pairs = list(zip(records.used_on, records.subject, strict=True))",
        "pairs = list(zip(records.used_on, records.record_id, strict=True))",
        "unit/test_partitions_rows_lines",
        named=True,
    ),
    _bug(
        "what arrived while a worker accrued is deleted with what it saw",
        "steps/accrual.py",
        "    outbox.unmark(seen)\n    quarantine.remove(partition_id)\n    fences.end",
        "    outbox.unmark(outbox.pending_of(partition_id))\n    quarantine.remove(partition_id)\n    fences.end",
        "integration/test_in_between",
        named=True,
    ),
    _bug(
        "a disclosure does not accrue anew the partitions whose worker runs",
        "stores/subjects.py",
        '        found.update(item["sk"] for item in ledger.query(keys.running(month, "").pk))',
        "        pass",
        "integration/test_in_between",
        named=True,
    ),
    _bug(
        "changes in flight at the cut-off are missed for lack of the margin",
        "steps/settlement/planning.py",
        "IN_FLIGHT_SECONDS: Final = 60",
        "IN_FLIGHT_SECONDS: Final = 0",
        "integration/test_in_between",
        named=True,
    ),
    _bug(
        "parts are overwritten on a retry instead of kept",
        "stores/settlements.py",
        "        buckets.settlement().create(key, body)\n    except AlreadyExists:\n        return\n\n\ndef save_json",
        "        buckets.settlement().put(key, body)\n    except AlreadyExists:\n        return\n\n\ndef save_json",
        "integration/test_in_between",
        named=True,
    ),
)

MONEY: Final = (
    _bug(
        "a tie rounds up instead of to the even one",
        "money.py",
        "(twice == denominator and quotient % 2 == 1)",
        "twice == denominator",
        "unit/test_money",
    ),
    _bug(
        "the last picos of a split go to the smaller weight", "money.py", "-weights[key], key))", "weights[key], key))", "unit/test_money"
    ),
    _bug(
        "a payment is rounded half up to the minor unit",
        "money.py",
        "Pico(pico // unit * unit)",
        "Pico((pico + unit // 2) // unit * unit)",
        "unit/test_money",
    ),
    _bug(
        "the largest amount is not held",
        "money.py",
        " and abs(pico := _scaled(text, 12)) <= AMOUNT_MAX",
        " and abs(pico := _scaled(text, 12)) >= 0",
        "unit/test_money",
    ),
    _bug(
        "of equal prices the rate is owed",
        "mechanisms/pricing.py",
        'int(totals[term.name("by_rate")] > revenue)',
        'int(totals[term.name("by_rate")] >= revenue)',
        "unit/test_mechanisms_prices",
        "unit/test_term_properties",
    ),
    _bug(
        "a day is priced from a unit before it",
        "mechanisms/tiering.py",
        "max(before, tier.from_ * scale)",
        "max(before - 10**27, tier.from_ * scale)",
        "unit/test_mechanisms_prices",
    ),
    _bug(
        "a guarantee is topped up before its period has ended",
        "mechanisms/minimum_guarantee.py",
        "    if last <= month.through:",
        "    if month.month <= month.through:",
        "unit/test_mechanisms_pools",
        "unit/test_golden_cases",
        "unit/test_term_properties",
    ),
    _bug(
        "lines in other currencies count towards a guarantee",
        "mechanisms/minimum_guarantee.py",
        "        if use.currency == term.currency:\n            totals",
        "        if use.currency:\n            totals",
        "unit/test_mechanisms_pools",
    ),
    _bug(
        "a cap forgets the months before it",
        "mechanisms/caps.py",
        "            if start <= name.of <= month.month:",
        "            if name.of == month.month:",
        "unit/test_golden_terms",
        "unit/test_term_properties",
    ),
    _bug(
        "a cap does not count what waits",
        "mechanisms/caps.py",
        "    for kind in (OWED, UNDIVIDED):",
        "    for kind in (OWED,):",
        "unit/test_term_properties",
        "unit/test_golden_terms",
    ),
    _bug(
        "residue that stands is below what a pool holds",
        "settlement/residue.py",
        "max(standing.get(pool.purse, ZERO_PICO), -pool.amount)",
        "standing.get(pool.purse, ZERO_PICO)",
        "unit/test_mechanisms_residue",
    ),
    _bug(
        "residue that joined a pool is kept a second time",
        "settlement/residue.py",
        "        added[purse] -= pico\n",
        "        added[purse] -= 0\n",
        "unit/test_mechanisms_residue",
    ),
    _bug(
        "two months take the same residue",
        "settlement/rounds.py",
        "        standing.take(month, residue.carried(of_month))\n",
        "",
        "unit/test_mechanisms_residue",
    ),
    _bug(
        "a levy counts plays instead of their root",
        "mechanisms/levy.py",
        "isqrt(use.quantity * NANO)",
        "use.quantity",
        "unit/test_mechanisms_levies",
    ),
    _bug(
        "a buyout or an instalment is due in every month",
        "settlement/entitlement.py",
        "                if day[:7] == self.month:\n",
        "                if day[:7] <= self.month:\n",
        "unit/test_golden_cases",
        "unit/test_golden_terms",
    ),
)

RIGHTS: Final = (
    _bug(
        "a society's deal goes before a party's own",
        "settlement/claims.py",
        '("direct", "society", "open")',
        '("society", "direct", "open")',
        "unit/test_mechanisms_claims",
        "unit/test_entitlement_properties",
    ),
    _bug(
        "an owner's word does not count against silence",
        "settlement/consent.py",
        'denied=word.default == "deny"',
        'denied=word.default == "deny" and silence != "opt_in"',
        "unit/test_consent",
    ),
    _bug(
        "what was denied is called unclaimed",
        "settlement/consent.py",
        "REASONS: Final = (DISPUTED, DENIED_USE, UNREGISTERED, UNCLAIMED_SHARE,",
        "REASONS: Final = (DISPUTED, UNCLAIMED_SHARE, DENIED_USE, UNREGISTERED,",
        "unit/test_consent",
        "unit/test_holds",
    ),
    _bug(
        "shares above one whole are paid as they stand",
        "settlement/holdings.py",
        "        return {(party, DISPUTED): part for party, part in split(NANO, claimed).items() if part}",
        '        return {(party, ""): part for party, part in split(NANO, claimed).items() if part}',
        "unit/test_mechanisms_claims",
    ),
    _bug(
        "one side's yes is enough",
        "rights/agreement.py",
        "(self.needed and willing.issuperset(self.needed))",
        "(self.needed and willing.intersection(self.needed))",
        "unit/test_agreement",
    ),
    _bug(
        "an agreement counts before it was made",
        "rights/agreement.py",
        "and decided.at <= cutoff",
        "and bool(cutoff)",
        "unit/test_agreement",
        "unit/test_agreed_settlements",
    ),
    _bug(
        "of versions of one day the first stands",
        "rights/versions.py",
        "version.effective_from >= found.effective_from",
        "version.effective_from > found.effective_from",
        "unit/test_versions",
    ),
    _bug(
        "a version counts before it was recorded",
        "rights/versions.py",
        "self.recorded_at <= cutoff if",
        "bool(cutoff) if",
        "unit/test_versions",
    ),
    _bug(
        "a mandate counts without its society",
        "rights/mandates.py",
        "        if accord and accord.agreement.counts(cutoff):",
        "        if accord:",
        "unit/test_mandates",
    ),
    _bug(
        "a hold of a licensee holds all licensees",
        "settlement/holds.py",
        'and self.licensee in {"", use.licensee}',
        "and True",
        "unit/test_holds",
    ),
    _bug(
        "a hold of one output holds all of the licensee's uses",
        "settlement/holds.py",
        'and self.subject in {"", use.subject}',
        "and True",
        "unit/test_holds",
    ),
    _bug(
        "what a held output brought waits, and is paid beside that",
        "facts/apart.py",
        "            yield rest\n",
        "            yield row\n",
        "unit/test_holds",
    ),
    _bug(
        "presence waits although the work was used elsewhere too",
        "settlement/tally.py",
        "claim.held and not (term.key in covered.freed and isinstance(earned, PoolPart))",
        "claim.held",
        "unit/test_holds",
    ),
    _bug(
        "a settlement does not look for what a hold's own request left unmarked",
        "steps/settlement/drain.py",
        '        holds.take_apart(months, record["requested_at"])\n',
        "",
        "integration/test_holds_of_subjects",
    ),
    _bug(
        "a line may be about something else than its id says",
        "payout/audit_lines.py",
        'if row["line_id"] != line_id(settlement_id, key):',
        'if row["line_id"] == "":',
        "unit/test_verify",
    ),
    _bug(
        "a party changes what an admin keeps of it",
        "rights/registration.py",
        'closed = ("kind",) if actor.finance else _GOVERNED',
        'closed = ("kind",)',
        "unit/test_registration",
    ),
)

FACTS: Final = (
    _bug(
        "of one revision the last counts",
        "facts/duplicates.py",
        "np.lexsort((-revision[rows], *owners))",
        "np.lexsort((-np.arange(len(rows)), -revision[rows], *owners))",
        "unit/test_accrual_arrays",
    ),
    _bug(
        "a withdrawn batch counts on",
        "facts/accrual_arrays.py",
        "    live = [page for page in ordered if page.batch not in gone]",
        "    live = list(ordered)",
        "unit/test_accrual_arrays",
    ),
    _bug(
        "an expired page counts until the table takes it",
        "stores/accruals.py",
        "        elif not retention.has_expired(item):",
        "        else:",
        "integration/test_retention",
    ),
    _bug(
        "a final day is accrued to nothing",
        "stores/accruals.py",
        "        if retention.is_over(result.partition):",
        "        if False:",
        "integration/test_retention",
    ),
    _bug(
        "a final day's batch can be withdrawn",
        "steps/usage.py",
        "    _refuse_final(item, map(Partition.parse, partitions))\n",
        "",
        "integration/test_retention",
    ),
    _bug(
        "a worker looks at the fence before it marks",
        "stores/fences.py",
        "    if ledger.get(keys.fence(month)) is not None:\n",
        "    if False:\n",
        "unit/test_fences",
        "integration/test_settlement_fence",
    ),
    _bug(
        "an entry leaves the outbox before its partitions wait",
        "stores/outbox.py",
        "            table.put_many(items.values())\n            table.delete_many(tables.key_of(entry) for entry in entries)\n",
        "            table.delete_many(tables.key_of(entry) for entry in entries)\n            table.put_many(items.values())\n",
        "integration/test_accrual",
        "integration/test_usage_faults",
    ),
    _bug(
        "a broken invariant is tried again and again",
        "steps/accrual.py",
        "not isinstance(error, InvariantBroken | Rejected",
        "not isinstance(error, Rejected",
        "integration/test_quarantine",
    ),
    _bug(
        "whoever is indexed first owns an output",
        "facts/outputs.py",
        "return None if earlier else current",
        "return current",
        "unit/test_disclosures",
    ),
    _bug(
        "a lost answer is taken for a conflict",
        "aws/transactions.py",
        "        if not attempts.doubtful or not _is_done(writes):",
        "        if True:",
        "integration/test_contention",
    ),
    _bug(
        "each attempt of a transaction bears a new token",
        "aws/transactions.py",
        "patiently(partial(client.transact_write_items, TransactItems=wire, ClientRequestToken=str(uuid.uuid4())), attempts)",
        "patiently(lambda: client.transact_write_items(TransactItems=wire, ClientRequestToken=str(uuid.uuid4())), attempts)",
        "integration/test_contention",
    ),
)

PAYING: Final = (
    _bug(
        "a correction below zero is recouped as a negative",
        "payout/recoupment.py",
        "max(ZERO_PICO, min(whole, sum(owed, ZERO_PICO)))",
        "min(whole, sum(owed, ZERO_PICO))",
        "unit/test_recoupment",
    ),
    _bug(
        "earnings before an advance pay it back",
        "payout/recoupment.py",
        "        whole = min(whole, sum((balance.recouped for balance in ordered), ZERO_PICO))\n",
        "        whole += 0\n",
        "unit/test_recoupment",
    ),
    _bug(
        "an invoice forgets what was paid ahead by rounding",
        "payout/receivables.py",
        "rounded_up(exact - account.rest, debtor.currency)",
        "rounded_up(exact, debtor.currency)",
        "unit/test_receivables",
    ),
    _bug(
        "a correcting invoice lets money go before the older one is paid",
        "payout/billed.py",
        "if self.is_settled and not (self.corrects and older_open):",
        "if self.is_settled:",
        "unit/test_receivables",
        "unit/test_money_histories",
    ),
    _bug(
        "money goes to the oldest invoice whatever it names",
        "payout/receivables.py",
        "        order = _named_first(account.invoices, collection.invoices)\n",
        "        order = list(account.invoices)\n",
        "unit/test_receivables",
    ),
    _bug(
        "who is owed the threshold is not paid",
        "payout/payment.py",
        "    if free < party.payout.threshold or",
        "    if free <= party.payout.threshold or",
        "unit/test_payees",
    ),
    _bug(
        "tax of a returned payment is lost",
        "payout/payees.py",
        "own.credited += sent_back.paid + sent_back.withheld",
        "own.credited += sent_back.paid",
        "unit/test_payees",
    ),
    _bug(
        "a reserve is held of what waits for a licensee",
        "payout/payees.py",
        "        if not pays_on.waits(deal_id):\n            positive[currency] += deal.positive\n",
        "        if True:\n            positive[currency] += deal.positive\n",
        "unit/test_payees",
    ),
    _bug(
        "changed bank details are paid to at once",
        "payout/payment.py",
        'return BANK_CHANGED if bank.waits else ""',
        'return ""',
        "unit/test_payees",
        "integration/test_money_in_and_out",
    ),
    _bug(
        "a quarter's payee is paid each month",
        "payout/payment.py",
        "    return number % months == 0 or",
        "    return True or",
        "unit/test_payees",
    ),
    _bug(
        "a bank file's sum leaves its last payment out",
        "formats/bank/pain001.py",
        "sum((transfer.amount for transfer in transfers), ZERO_PICO)",
        "sum((transfer.amount for transfer in transfers[: max(1, len(transfers) - 1)]), ZERO_PICO)",
        "unit/test_bank_files",
    ),
    _bug(
        "what waits for a licensee is corrected",
        "settlement/books.py",
        "if key.licensee not in waiting else",
        "if key.licensee not in () else",
        "unit/test_books",
    ),
    _bug(
        "an execution seals what it does not own",
        "stores/settlements.py",
        '{**record, **done, "attempt": plan.attempt, "cutoff": plan.cutoff}, equals(owner=owner))',
        '{**record, **done, "attempt": plan.attempt, "cutoff": plan.cutoff})',
        "integration/test_in_between",
    ),
    _bug(
        "a month before what is sealed is settled",
        "steps/settlement/opening.py",
        'if record["through"] < head["through"]:',
        'if record["through"] < "":',
        "integration/test_settlement_chain",
    ),
    _bug(
        "a pool is not settled whole when one work changes",
        "steps/settlement/planning.py",
        "    if touched and (prices.has_pools or",
        "    if touched and (False or",
        "integration/test_settlement_changes",
    ),
)

DOORS: Final = (
    _bug(
        "a caller without a party sees what belongs to none",
        "api/caller.py",
        "self.is_finance or bool(party_id and party_id == self.party_id)",
        "self.is_finance or party_id == self.party_id",
        "unit/test_caller",
    ),
    _bug(
        "anybody reads for anybody",
        "api/caller.py",
        "named if named and self.is_finance else",
        "named if named else",
        "integration/test_tenancy",
    ),
    _bug(
        "a token made for another audience is taken",
        "api/authorization.py",
        '"verify_aud": bool(issuer.audience)',
        '"verify_aud": False',
        "integration/test_callers",
    ),
    _bug(
        "another issuer makes admins",
        "api/authorization.py",
        "_bound(integrations.external_client(_client(claims)), claims, _EXTERNAL_SCOPES)",
        "_bound(integrations.external_client(_client(claims)), claims, None)",
        "integration/test_callers",
    ),
    _bug(
        "an address hidden in IPv6 is called",
        "aws/outside.py",
        "            return is_public(address.ipv4_mapped)",
        "            return True",
        "unit/test_outside",
    ),
    _bug(
        "a webhook's signature leaves its time out",
        "facts/webhooks.py",
        'signed = f"{message_id}.{timestamp}.".encode() + body',
        'signed = f"{message_id}.".encode() + body',
        "unit/test_webhooks",
    ),
    _bug(
        "a form of another site is taken",
        "console/handling.py",
        "if not person.sent(found) or not _same_site(",
        "if not _same_site(",
        "integration/test_console",
    ),
    _bug(
        "a full page says that more follows",
        "api/paging.py",
        'places[limit - 1][0] if len(places) > limit else "")',
        'places[limit - 1][0] if len(places) >= limit else "")',
        "unit/test_paging",
    ),
)

BUGS: Final = (*ONCE_UNNOTICED, *MONEY, *RIGHTS, *FACTS, *PAYING, *DOORS)
