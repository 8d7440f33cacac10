"""Bugs of paying, and of who may come in."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import bug

PAYING: Final = (
    bug(
        "a correction below zero is recouped as a negative",
        "payout/recoupment.py",
        "max(ZERO_PICO, min(whole, sum(owed, ZERO_PICO)))",
        "min(whole, sum(owed, ZERO_PICO))",
        "unit/test_recoupment",
    ),
    bug(
        "earnings before an advance pay it back",
        "payout/recoupment.py",
        "        whole = min(whole, sum((balance.recouped for balance in ordered), ZERO_PICO))\n",
        "        whole += 0\n",
        "unit/test_recoupment",
    ),
    bug(
        "an invoice forgets what was paid ahead by rounding",
        "payout/receivables.py",
        "rounded_up(exact - account.rest, debtor.currency)",
        "rounded_up(exact, debtor.currency)",
        "unit/test_receivables",
    ),
    bug(
        "a correcting invoice lets money go before the older one is paid",
        "payout/invoice_balance.py",
        "if self.is_settled and not (self.corrects and older_open):",
        "if self.is_settled:",
        "unit/test_receivables",
        "unit/test_money_histories",
    ),
    bug(
        "money goes to the oldest invoice whatever it names",
        "payout/receivables.py",
        "        order = _named_first(account.invoices, collection.invoices)\n",
        "        order = list(account.invoices)\n",
        "unit/test_receivables",
    ),
    bug(
        "who is owed the threshold is not paid",
        "payout/payment.py",
        "    if free < party.payout.threshold or",
        "    if free <= party.payout.threshold or",
        "unit/test_payees",
    ),
    bug(
        "tax of a returned payment is lost",
        "payout/payees.py",
        "own.credited += sent_back.paid + sent_back.withheld",
        "own.credited += sent_back.paid",
        "unit/test_payees",
    ),
    bug(
        "a reserve is held of what waits for a licensee",
        "payout/payees.py",
        "        if not pays_on.waits(deal_id):\n            positive[currency] += deal.positive\n",
        "        if True:\n            positive[currency] += deal.positive\n",
        "unit/test_paid_on_receipt",
    ),
    bug(
        "changed bank details are paid to at once",
        "payout/payment.py",
        'return BANK_CHANGED if bank.waits else ""',
        'return ""',
        "unit/test_payees",
        "integration/test_money_in_and_out",
    ),
    bug(
        "a quarter's payee is paid each month",
        "payout/payment.py",
        "    return number_of(through) % months == 0 or",
        "    return True or",
        "unit/test_payees",
    ),
    bug(
        "a bank file's sum leaves its last payment out",
        "formats/bank/pain001.py",
        "sum((transfer.amount for transfer in transfers), ZERO_PICO)",
        "sum((transfer.amount for transfer in transfers[: max(1, len(transfers) - 1)]), ZERO_PICO)",
        "unit/test_bank_files",
    ),
    bug(
        "what waits for a licensee is corrected",
        "settlement/books.py",
        "if key.licensee not in waiting else",
        "if key.licensee not in () else",
        "unit/test_books",
    ),
    bug(
        "an execution seals what it does not own",
        "stores/chain.py",
        '{**record, **done, "attempt": plan.attempt, "cutoff": plan.cutoff}, equals(owner=owner))',
        '{**record, **done, "attempt": plan.attempt, "cutoff": plan.cutoff})',
        "integration/test_in_between",
    ),
    bug(
        "a month before what is sealed is settled",
        "steps/settlement/opening.py",
        'if record["through"] < head["through"]:',
        'if record["through"] < "":',
        "integration/test_settlement_chain",
    ),
    bug(
        "a pool is not settled whole when one work changes",
        "steps/settlement/agenda.py",
        "    if touched and (prices.has_pools or",
        "    if touched and (False or",
        "integration/test_settlement_changes",
    ),
)

DOORS: Final = (
    bug(
        "a caller without a party sees what belongs to none",
        "api/caller.py",
        "self.is_finance or bool(party_id and party_id == self.party_id)",
        "self.is_finance or party_id == self.party_id",
        "unit/test_caller",
    ),
    bug(
        "anybody reads for anybody",
        "api/caller.py",
        "named if named and self.is_finance else",
        "named if named else",
        "integration/test_tenancy",
    ),
    bug(
        "a token made for another audience is taken",
        "api/authorization.py",
        '"verify_aud": bool(issuer.audience)',
        '"verify_aud": False',
        "integration/test_callers",
    ),
    bug(
        "another issuer makes admins",
        "api/authorization.py",
        "_bound(integrations.external_client(_client(claims)), claims, _EXTERNAL_SCOPES)",
        "_bound(integrations.external_client(_client(claims)), claims, None)",
        "integration/test_callers",
    ),
    bug(
        "an address hidden in IPv6 is called",
        "aws/outside.py",
        "            return is_public(address.ipv4_mapped)",
        "            return True",
        "unit/test_outside",
    ),
    bug(
        "a webhook's signature leaves its time out",
        "facts/webhooks.py",
        'signed = f"{message_id}.{timestamp}.".encode() + body',
        'signed = f"{message_id}.".encode() + body',
        "unit/test_webhooks",
    ),
    bug(
        "a form of another site is taken",
        "console/page_request.py",
        "if not person.sent(found) or not _same_site(",
        "if not _same_site(",
        "integration/test_console",
    ),
    bug(
        "a full page says that more follows",
        "api/paging.py",
        'places[limit - 1][0] if len(places) > limit else "")',
        'places[limit - 1][0] if len(places) >= limit else "")',
        "unit/test_paging",
    ),
    bug(
        "a denied read is taken for a missing object",
        "aws/buckets.py",
        '_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound"})',
        '_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound", "403", "AccessDenied"})',
        "integration/test_denied_reads",
    ),
    bug(
        "a settlement believes what the one before left, whatever its manifest says",
        "stores/sealed_state.py",
        "    if found.hexdigest() != sealed:\n",
        "    if not found:\n",
        "integration/test_denied_reads",
    ),
    bug(
        "a sealed settlement's state goes when what names people does",
        "payout/personal.py",
        'BY_NAME: Final = ("payments.csv", ',
        'BY_NAME: Final = ("state/", "payments.csv", ',
        "integration/test_retention",
    ),
)
