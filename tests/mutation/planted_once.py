"""Bugs that asking AWS less could have made: what is not read, or read before, must be of no consequence."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug, bug

ONCE: Final[tuple[Bug, ...]] = (
    bug(
        "a month of which nothing was accrued before is not listed, so no settlement looks at it",
        "steps/accrual.py",
        "listed=accrued is not None)",
        "listed=True)",
        "integration/test_asked_once",
    ),
    bug(
        "accruals that an earlier version kept as items are taken for none",
        "stores/ledger_setup.py",
        '"accruals" not in item)',
        "False)",
        "integration/test_upgrade",
    ),
    bug(
        "a summary that another worker has replaced meanwhile is put back as final",
        "stores/accruals.py",
        ', equals(accrued_at=said["accrued_at"]))',
        ")",
        "integration/test_asked_once",
    ),
    bug(
        "each month is asked for its holds",
        "steps/holds.py",
        "for month, named in sorted(store.subjects_of(months).items()):",
        "for month, named in [(month, store.subjects(month)) for month in months if store.subjects(month)]:",
        "integration/test_asked_once",
    ),
    bug(
        "what a worker that died had not measured is measured by nobody",
        "steps/settlement/passes.py",
        'left = list(dropwhile(is_done, wanted["parts"]))',
        'left = [] if is_done(wanted["parts"][0]) else wanted["parts"]',
        "integration/test_asked_once",
    ),
    bug(
        "lines are computed by the pools of the first round, whatever the rounds behind it",
        "steps/settlement/passes.py",
        '[planned.month], event.get("round"))',
        "[planned.month], 1)",
        "integration/test_capped_rounds",
    ),
    bug(
        "what changed of works is not looked for where pools tie them together",
        "steps/settlement/agenda.py",
        "return whole if any(changed) else None",
        "return None",
        "integration/test_settlement_changes",
    ),
    bug(
        "what nobody declared is not waited for where nothing was declared at all",
        "stores/completeness.py",
        'if asks in {"required", "own"} and reporter not in declared',
        'if asks in {"required", "own"} and declared and reporter not in declared',
        "integration/test_declaring",
    ),
)
