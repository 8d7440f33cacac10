"""What holds at any moment of a run, and at a quiet one."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from tests.simulation import invariants, rebuild, uniqueness
from tests.simulation.actors import Broken
from tests.simulation.chaos import PLAYED

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

REFUSED: Final = frozenset({"Rejected", "Conflict"})
"""Of settlements and what-ifs: rates that nobody posted, facts that changed while they were compared."""
EXCUSED: Final = frozenset({"WorkerKilled", "Retryable", "SettlementFailed", "FileNotFoundError"})


def is_quiet(play: Simulation) -> bool:
    """Whether nobody waits for an answer and nothing for a worker."""
    return not (play.actors.unanswered or play.mishaps.spoilt or play.mishaps.aside() or rebuild.restless(play.stack))


def at_rest(play: Simulation) -> None:
    """At a quiet point all that was accepted counts, once."""
    if is_quiet(play):
        uniqueness.take_in(play)
        invariants.committed_once(play.stack, play.actors.reference)


def no_crashes(play: Simulation) -> None:
    """Nothing crashed but what was made to."""
    for function, error in play.stack.errors:
        played = isinstance(error, ClientError) and error.response["Error"]["Code"] in PLAYED
        refused = function == "Settlement" and type(error).__name__ in REFUSED
        spoilt = function == "Accrue" and play.mishaps.ever
        if not (played or refused or spoilt) and type(error).__name__ not in EXCUSED:
            raise Broken("answered", f"{function} crashed: {traceback_of(error)}")
    play.stack.errors.clear()


def traceback_of(error: BaseException) -> str:
    """The end of an error's traceback."""
    return "".join(traceback.format_exception(error)[-4:])
