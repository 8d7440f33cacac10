"""Bugs that were known for a while before they were mended."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug, bug

KNOWN: Final[tuple[Bug, ...]] = (
    bug(
        "a mandate whose lists are put in another order waits for the society anew",
        "steps/parties.py",
        "mandates.worded(stood, entry.party.model_copy",
        "mandates.worded(None, entry.party.model_copy",
        "integration/test_societies",
    ),
    bug(
        "a levy whose receipt is forgotten counts for ever",
        "steps/withdrawals.py",
        "if kind in {REVENUE, LEVY} and (kept := ",
        "if kind == REVENUE and (kept := ",
        "integration/test_forgotten_receipts",
    ),
    bug(
        "a training run that is withdrawn leaves a lower revision that came at the same moment, which then counts",
        "steps/withdrawals.py",
        " if run.revision < mine.revision], at)",
        " if run.revision > mine.revision], at)",
        "integration/test_forgotten_receipts",
    ),
    bug(
        "whoever has to declare from the middle of a month on is not waited for",
        "stores/completeness.py",
        "now, day = self.known.cutoff, last_day(month)",
        'now, day = self.known.cutoff, f"{month}-01"',
        "integration/test_declaring",
    ),
    bug(
        "a payment that came back is certified to where the payee lived when that was heard",
        "views/annual.py",
        "found[place.get(payment.settlement_id, here)]",
        "found[here]",
        "integration/test_tax_of_movers",
    ),
    bug(
        "a title in styled capitals is found by nobody's word",
        "rights/titles.py",
        'unicodedata.normalize("NFD", text).casefold()).casefold()',
        'unicodedata.normalize("NFD", text).casefold())',
        "unit/test_titles",
    ),
    bug(
        "a styled title that an earlier version kept is not found",
        "rights/titles.py",
        "(lead, lead.capitalize(), lead.upper(), *before)",
        "(lead,)",
        "unit/test_titles",
    ),
    bug(
        "one party's replays stand before everybody's deliveries",
        "steps/webhooks.py",
        "> REPLAYS_PER_HOUR_MAX:",
        "> REPLAYS_PER_HOUR_MAX * 1_000:",
        "integration/test_webhook_replays",
    ),
)
