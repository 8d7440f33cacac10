"""What everybody does in a simulated world, and how often among all that is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.simulation import Simulation


def acts_of(play: Simulation) -> dict[Callable[[], str], int]:
    """Each deed, which tells what was done, and its usual share."""
    actors, registrants, labs = play.actors, play.registrants, play.labs
    return {
        actors.new_batch: 16,
        actors.replay: 3,
        actors.conflict: 1,
        actors.correct: 4,
        actors.bad_batch: 2,
        actors.withdraw: 2,
        labs.disclose: 9,
        labs.train: 4,
        labs.report_revenue: 4,
        labs.deposit_levy: 2,
        registrants.put_party: 1 if play.quiet else 5,
        registrants.put_work: 10,
        registrants.put_deal: 1 if play.quiet else 8,
        labs.take_back: 2,
        labs.clear: 1,
        play.trespassers.trespass: 3,
        play.readers.shelf: 1,
        play.read_lines: 2,
        play.onlookers.look: 4,
        play.clock_jumps: 1,
        play.answer: 3,
        play.accrue: 6,
        play.day_passes: 5,
        play.week_passes: 3,
        play.settle: 7,
        play.settle_again: 1,
        play.settle_twice: 1,
        play.preview: 1,
        play.bank.answer: 3,
        play.mishaps.spoil: 1,
        play.mishaps.mend: 2,
        play.mishaps.try_again: 1,
        **play.redress.acts(),
        **play.stewards.acts(quiet=play.quiet),
        **play.filers.acts(),
        **play.auditors.acts(),
        **play.bookkeepers.acts(),
        **play.subscribers.acts(),
        **play.office.acts(quiet=play.quiet),
    }
