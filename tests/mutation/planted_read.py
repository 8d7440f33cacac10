"""What had been wrong and was found by reading along each path: what is read too late, too often, or by who should not."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug, bug

READ: Final[tuple[Bug, ...]] = (
    bug(
        "what was voided beside a unique id stays void when the batch with its highest revision is withdrawn",
        "steps/elsewhere.py",
        "looked_for = [*batches, *_restored(party, withdrawn, reads)]",
        "looked_for = batches",
        "integration/test_corrections",
    ),
    bug(
        "one stale receipt of a message fails all of its batch",
        "api/deliveries.py",
        "    except Exception:  # noqa: BLE001 - then it comes back later, if it comes back",
        "    except KeyError:",
        "integration/test_webhooks",
    ),
    bug(
        "what is given up of an invoice is taken off its payees again in each settlement",
        "payout/invoice_balance.py",
        "if not (new := self.written_off - self.known_lost):",
        "if not (new := self.written_off):",
        "unit/test_paid_on_receipt",
    ),
    bug(
        "a day is open for one day more than its first records are kept",
        "facts/usage.py",
        "timedelta(days=kept_days - 1)",
        "timedelta(days=kept_days)",
        "integration/test_retention",
    ),
    bug(
        "the end of one dispute frees what another one contests",
        "rights/disputes.py",
        "return (other.parts for other in others if other.opened_at[:10] <= day)",
        "return (other.parts for other in others if other.opened_at[:10] > day)",
        "integration/test_disputes",
    ),
    bug(
        "a patch of a work brings along what was recorded last for another day",
        "steps/registration.py",
        'str(patch.get("effective_from") or clock.today())',
        "entity.latest.effective_from",
        "integration/test_patch",
    ),
    bug(
        "events of the very second that is asked for are left out",
        "stores/events.py",
        'first = since.removesuffix("Z")',
        "first = since",
        "integration/test_webhooks",
    ),
    bug(
        "a licensor reads by a what-if what a licensee reports to the operator alone",
        "scenarios/rules.py",
        "_refuse([*beyond, *(fault for month in months for fault in _leaks(mine, party, deals, month))])",
        "_refuse(beyond)",
        "integration/test_what_if_reports",
    ),
    bug(
        "a settlement that failed goes on with entries of a month that was locked since",
        "steps/settlement/drain.py",
        "or accrued or locked or finance.Chosen.moved(plan)",
        "or accrued or False",
        "integration/test_tries_and_facts",
    ),
    bug(
        "a settlement that failed goes on although somebody it would pay was forgotten since",
        "steps/settlement/drain.py",
        " or agenda.forgotten_since(plan.cutoff)",
        "",
        "integration/test_tries_and_facts",
    ),
    bug(
        "works of a manifest that was refused, or interrupted, are those of the run under its id",
        "stores/accruals.py",
        "items = by_batch[dropped] or by_batch[partition.scope]",
        "items = items",
        "integration/test_report_drop",
    ),
    bug(
        "claims behind a settlement are by the shares that were registered last",
        "views/claims.py",
        "(version := works[name].in_force(last_day(month), cutoff))",
        "(version := works[name].latest)",
        "integration/test_as_of_then",
    ),
    bug(
        "a day that could not be read for a week is never looked at for double ids",
        "steps/daily_look.py",
        "    if result.failed or result.waits:\n",
        "    if result.waits:\n",
        "integration/test_unchecked_days",
    ),
    bug(
        "what was accrued after a week is never looked at for double ids",
        "steps/daily_look.py",
        "    if result.failed or result.waits:\n",
        "    if result.failed:\n",
        "integration/test_unchecked_days",
    ),
    bug(
        "what left the outbox after a week is never looked at for double ids",
        "stores/outbox.py",
        '    yield from unchecked.late(day, entry["party"])\n',
        "",
        "integration/test_unchecked_days",
    ),
    bug(
        "days on which no daily look ran are never looked at",
        "steps/daily_look.py",
        "    for day in missed[:MISSED_DAYS_MAX]:\n",
        "    for day in missed[:0]:\n",
        "integration/test_unchecked_days",
    ),
)
