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
    bug(
        "what lies under a key is read, not what was announced",
        "steps/drop_delivery.py",
        'if newest is None or version in {"", newest.version} else bucket.head(key, version)',
        "if newest is None or version else bucket.head(key, version)",
        "integration/test_replaced_drops",
    ),
    bug(
        "the receipt of an older file takes the name from the newest",
        "stores/drops.py",
        "if now is None or now.version == drop.version:",
        "if now is None or now.key == drop.key:",
        "integration/test_replaced_drops",
    ),
    bug(
        "works of an older file that is read last are registered over the newer ones",
        "stores/works_drops.py",
        'return newest is not None and bool(newest["written"] > written)',
        'return newest is not None and bool(newest["written"] < written)',
        "integration/test_replaced_drops",
    ),
    bug(
        "tiers count revenue of another currency as if it were the deal's",
        "mechanisms/tier_prices.py",
        "int(month.rate(currency, term.currency) * PICO)",
        "int(month.rate(currency, currency) * PICO)",
        "unit/test_changed_currencies",
    ),
    bug(
        "each currency of a day pays its own tiers",
        "mechanisms/tier_prices.py",
        "if together or name.currency == day.currency:",
        "if name.currency == day.currency:",
        "unit/test_changed_currencies",
    ),
    bug(
        "what rounding leaves of a sales report in several files is nobody's",
        "steps/drop_messages.py",
        "summary.line_usages and 0 < left < len(parts):",
        "summary.line_usages and 1 < left < len(parts):",
        "integration/test_usage_drop_rounding",
    ),
    bug(
        "two files of a sales report that come at once both take what rounding leaves",
        "steps/drop_messages.py",
        "Pico(left) if drop_store.claimed(key, digest, heirs) else ZERO_PICO",
        "Pico(left)",
        "integration/test_usage_drop_rounding",
    ),
    bug(
        "what no file of a sales report lists stays when the file of another creation goes that was summed with it",
        "steps/drops.py",
        "drop_messages.summed_with(drop, progress) if form.summed and cut.is_rest else ()",
        "()",
        "integration/test_usage_drop_withdrawn",
    ),
    bug(
        "a file of a sales report is refused, dropped again, since the file of another creation was withdrawn",
        "steps/drops.py",
        "progress.own_ids(drop.name)[:BATCHES_ASKED_MAX]",
        "progress.batch_ids(drop.name)[:BATCHES_ASKED_MAX]",
        "integration/test_usage_drop_withdrawn",
    ),
)
