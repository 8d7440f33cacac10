"""One run: actors and faults by the dice of one seed, the invariants after every few steps, and the reckoning at the end."""

from __future__ import annotations

import json
import traceback
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tests.simulation import invariants, rebuild, world
from tests.simulation.actors import Actors, Broken
from tests.simulation.chaos import PLAYED, Chaos
from tests.simulation.invariants import Posted, Sealed
from tests.simulation.office import Office
from tests.simulation.readers import Readers

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

START: Final = "2026-10-03T08:00:00Z"
CHECK_EVERY: Final = 20
ROUNDS_MAX: Final = 12
SCHEDULE_MINUTES: Final = 15
HIDDEN_MINUTES: Final = 95
"""After which the queue shows a message again whose worker died."""
WAIVED: Final = 0.7
"""How often finance settles although a reporter declared more than it sent."""
POOLED_WORLDS: Final = 0.5
QUIET_WORLDS: Final = 0.5
EXCUSED: Final = frozenset({"WorkerKilled", "Retryable", "SettlementFailed", "FileNotFoundError"})
IN_FLIGHT_SECONDS_MAX: Final = 29
"""A request that takes longer is cut off by the API."""


class Simulation:
    """A stack, everybody around it, and what they say of each step."""

    def __init__(self, stack: Stack, seed: int, tell: Callable[[str], None], left_out: frozenset[int] = frozenset()) -> None:
        self.stack, self.dice = stack, Random(seed)
        self.chaos = Chaos(stack, self.dice, self._meanwhile)
        self.actors = Actors(stack, self.dice, lambda: self.chaos.struck)
        self.readers, self._left_out = Readers(self.actors, self.dice), left_out
        self.office = Office(self.actors, self.dice)
        self.sealed, self.posted = Sealed(), Posted()
        self.seed, self._tell, self.step, self.quiet = seed, tell, 0, False
        self.history: list[str] = []
        self.broken = ""

    def run(self, steps: int) -> None:
        """Raises `Broken` with seed and step at the first invariant that does not hold."""
        try:
            self._open()
            for self.step in range(1, steps + 1):
                self.dice.seed(f"{self.seed}/{self.step}")  # a step does what it does, whichever others are left out
                if self.step not in self._left_out:
                    self._one()
                if self.step % CHECK_EVERY == 0:
                    self._check()
            self.dice.seed(f"{self.seed}/end")
            self._reckon()
        except Broken as broken:
            self.broken = broken.invariant
            raise Broken(f"seed {self.seed}, step {self.step}", f"{broken}") from broken
        finally:
            self.chaos.detach()
            self.office.leave()

    def _say(self, text: str) -> None:
        line = f"{self.step:4} {self.stack.now:%Y-%m-%dT%H:%M:%S} {text}"
        self.history.append(line)
        self._tell(line)

    # ------------------------------------------------------------ the run

    def _open(self) -> None:
        """Everybody who acts is registered, some works, and an open deal a licensee.

        A change of a deal or mandate settles whole months, and so does any change where a pool ties works together. Half of the
        worlds have hardly any such changes, and half have no pools, so that what one change moves is seen by itself.
        """
        actors = self.actors
        actors.pooled, self.quiet = self.dice.random() < POOLED_WORLDS, self.dice.random() < QUIET_WORLDS
        self.stack.at("2026-08-20T08:00:00Z")
        for name in (*world.REPORTERS, world.ADMINISTRATOR, *world.SOCIETIES, *world.HOLDERS):
            actors.put_party(name)
        for name in ("song-0", "song-1", "rec-0", "rec-1", "rec-2"):
            actors.put_work(name)
        for licensee in world.REPORTERS:
            actors.put_deal(None, licensee)
            actors.put_deal(self.dice.choice(["mono", "ann", *world.SOCIETIES]), licensee)
        self.stack.at(START)
        self.chaos.on = True

    def _one(self) -> None:
        acts = self._acts()
        (act,) = self.dice.choices(list(acts), weights=list(acts.values()))
        self._say(act())
        self._pass_time(self.dice.choice([1, 7, 40, 300, 3600, 4 * 3600]))

    def _acts(self) -> dict[Callable[[], str], int]:
        actors = self.actors
        return {
            actors.new_batch: 16,
            actors.replay: 3,
            actors.conflict: 1,
            actors.correct: 4,
            actors.bad_batch: 2,
            actors.withdraw: 2,
            actors.disclose: 9,
            actors.train: 4,
            actors.report_revenue: 4,
            actors.deposit_levy: 2,
            actors.put_party: 1 if self.quiet else 5,
            actors.put_work: 10,
            actors.put_deal: 1 if self.quiet else 8,
            actors.take_back: 2,
            actors.try_again: 1,
            actors.trespass: 3,
            self.readers.shelf: 1,
            self._read_lines: 2,
            self._clock_jumps: 1,
            self._answer: 3,
            self._accrue: 6,
            self._day_passes: 5,
            self._week_passes: 3,
            self._settle: 7,
            self._settle_again: 1,
            self._settle_twice: 1,
            self._preview: 1,
            **self._office_acts(),
        }

    def _office_acts(self) -> dict[Callable[[], str], int]:
        office = self.office
        return {
            office.declare: 2,
            office.collect: 3,
            office.bank: 3,
            office.adjust: 3,
            office.liquidate: 1 if self.actors.pooled else 0,
            office.hold: 2,
            office.propose: 1 if self.quiet else 4,
            office.dispute: 3,
            office.tariff: 1,
            office.clear: 1,
            office.what_if: 1,
            office.settings: 2,
        }

    def _pass_time(self, seconds: float) -> None:
        self.stack.at(self.stack.now + timedelta(seconds=seconds))

    def _meanwhile(self, interrupted: str) -> None:
        """Somebody acts between two writes of a handler: requests between those of workers, workers between those of a request."""
        if interrupted not in {"Accrue", "Aggregate", "Settlement"}:
            return self._work_meanwhile(interrupted)
        actors = self.actors
        self._pass_time(0.01)
        acts = [actors.new_batch, actors.correct, actors.disclose, actors.put_work, actors.report_revenue]
        act = self.dice.choice(acts if self.quiet else [*acts, actors.put_deal])
        self._say(f"  between two writes of {interrupted}: {act()}")
        self._pass_time(0.01)
        return None

    def _work_meanwhile(self, interrupted: str) -> None:
        before = self.stack.now
        self._say(f"  between two writes of {interrupted} the workers run")
        self.stack.invoke("Aggregate", {"now": before.isoformat()})
        self.stack.drain()
        if (self.stack.now - before).total_seconds() > IN_FLIGHT_SECONDS_MAX:
            self.stack.at(before + timedelta(seconds=IN_FLIGHT_SECONDS_MAX))

    # ------------------------------------------------------------ time

    def _answer(self) -> str:
        """Clients who got no answer try again."""
        waiting, self.actors.unanswered[:] = list(self.actors.unanswered), []
        self.actors.unanswered += [send for send in waiting if not send()]
        return f"{len(waiting)} without an answer try again, {len(self.actors.unanswered)} still have none"

    def _accrue(self) -> str:
        minutes = self.dice.choice([SCHEDULE_MINUTES, HIDDEN_MINUTES])
        self._tick(self.stack.now + timedelta(minutes=minutes))
        return f"{minutes} minutes pass"

    def _day_passes(self) -> str:
        self._tick(self.stack.now + timedelta(days=1))
        return "a day passes"

    def _week_passes(self) -> str:
        self._tick(self.stack.now + timedelta(days=7))
        return "a week passes"

    def _clock_jumps(self) -> str:
        """A machine's clock is set, back or ahead."""
        seconds = self.dice.choice([-90, -5, 30, 900])
        self._pass_time(seconds)
        return f"the clock jumps by {seconds} s"

    def _read_lines(self) -> str:
        sealed = sorted(name for name, record in self.actors.settlements.items() if record["status"] == "sealed")
        return self.readers.lines(self.dice.choice(sealed)) if sealed else "nothing is sealed that could be read"

    def _tick(self, until: datetime) -> None:
        self.chaos.weather()
        self.stack.tick(until)
        self._look()

    # ------------------------------------------------------------ settling

    def _month(self) -> str:
        """The month before or this one, never before what is sealed."""
        today = self.stack.now
        before = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        sealed = [str(r["through"]) for r in self.actors.settlements.values() if r["status"] == "sealed"]
        return max([str(self.dice.choice([before, before, today.strftime("%Y-%m")])), *sealed])

    def _run_settlement(self) -> str:
        self.chaos.weather()
        self.stack.drain()
        return self._look()

    def _settle(self) -> str:
        stuck = sorted(name for name, r in self.actors.settlements.items() if r["status"] in {"failed", "computing"} and not r["preview"])
        if stuck and self.dice.random() < 0.7:
            name = self.dice.choice(stuck)
            asked = self.actors.settle(self.actors.settlements[name]["through"], name)
        else:
            asked = self.actors.settle(self._month(), waive=self.dice.random() < WAIVED)
        return f"{asked}; {self._run_settlement()}"

    def _settle_again(self) -> str:
        """A sealed settlement asked for again is answered, and nothing moves."""
        if not self.sealed.last:
            return "nothing is sealed"
        reply = self.actors.call(
            "POST", "/v1/settlements", None, "finance", {"settlement_id": self.sealed.last, "through": self._through(self.sealed.last)}
        )
        self.stack.drain()
        if reply.status not in {200, 500, 503}:
            raise Broken("sealed", f"{self.sealed.last} again -> {reply.status} {reply.text}")
        self.sealed.hold(self.stack.objects("SettlementBucket"))
        return f"finance asks for {self.sealed.last} again: {reply.status}; {self._look()}"

    def _through(self, name: str) -> str:
        return str(self.actors.settlements[name]["through"])

    def _settle_twice(self) -> str:
        month = self._month()
        asked = f"{self.actors.settle(month)}; {self.actors.settle(month)}"
        return f"{asked}; {self._run_settlement()}"

    def _preview(self) -> str:
        before = self.sealed.last
        asked = self.actors.settle(self._month(), preview=True)
        told = self._run_settlement()
        self.sealed.hold(self.stack.objects("SettlementBucket"))
        return f"{asked}; {told}" if before == self.sealed.last else f"{asked} (others were sealed meanwhile); {told}"

    def _look(self) -> str:
        """Take in what was sealed since, in the order of the chain."""
        on, self.chaos.on = self.chaos.on, False
        self.stack.faults.clear()
        sealed = self.actors.settled()
        if sealed:
            objects = self.stack.objects("SettlementBucket")
            links = {name: json.loads(objects[f"{name}/manifest.json"])["previous"] for name in sealed}
            while sealed:
                after = [name for name in sealed if (links[name] or {}).get("settlement_id", "") == self.sealed.last]
                if not after:
                    raise Broken("sealed", f"{sealed} are sealed and follow {links}, not {self.sealed.last}")
                sealed.remove(after[0])
                self._take(objects, after[0])
        self.chaos.on = on
        latest = {name: r["status"] for name, r in sorted(self.actors.settlements.items()) if r["status"] != "sealed"}
        return f"sealed up to {self.sealed.last or 'none'}" + (f", {latest}" if latest else "")

    def _take(self, objects: dict[str, bytes], name: str) -> None:
        self.sealed.take(objects, name)
        invariants.add(self.posted, invariants.posted(objects, name))
        invariants.owed(objects, name)
        invariants.balanced(objects, name)
        invariants.telescopes(objects, name, self.posted)
        invariants.audited(objects, name)
        self._say(f"  {name} is sealed, {len(self.posted)} claims stand")

    # ------------------------------------------------------------ checking

    def _check(self) -> None:
        invariants.attributed(self.stack)
        self.sealed.hold(self.stack.objects("SettlementBucket"))
        for function, error in self.stack.errors:
            played = isinstance(error, ClientError) and error.response["Error"]["Code"] in PLAYED
            refused = function == "Settlement" and type(error).__name__ == "Rejected"  # rates that nobody posted
            if not played and not refused and type(error).__name__ not in EXCUSED:
                raise Broken("answered", f"{function} crashed: {traceback_of(error)}")
        self.stack.errors.clear()

    def _reckon(self) -> None:
        """No more faults: everything comes to rest, is settled, and stands against what the facts alone say."""
        self.chaos.calm()
        self._check()
        for _ in range(ROUNDS_MAX):
            if not self.actors.unanswered:
                break
            self._answer()
        self._settle_all("first-calm")
        self._rest()
        self._settle_all("last")
        invariants.committed_once(self.stack, self.actors.reference)
        self._nothing_left()
        self._derive_again()

    def _rest(self) -> None:
        self._pass_time(7200)
        if not rebuild.bring_to_rest(self.stack, ROUNDS_MAX):
            raise Broken("committed_once", f"accrual does not come to rest: {rebuild.restless(self.stack)}")
        self._check()
        self._say("at rest")

    def _settle_all(self, name: str) -> None:
        """Settle through this month; whatever still runs goes on first."""
        through = max([self.stack.now.strftime("%Y-%m"), *(r["through"] for r in self.actors.settlements.values() if r.get("through"))])
        for _ in range(ROUNDS_MAX):
            for stuck in sorted(n for n, r in self.actors.settlements.items() if r["status"] == "computing" or n == self.actors.in_the_way):
                record = self.actors.settlements[stuck]
                self._say(self.actors.settle(record["through"], stuck, preview=record["preview"]))
                self._run_settlement()
            self._say(self.actors.settle(through, name))
            self._run_settlement()
            if self.actors.settlements.get(name, {}).get("status") == "sealed":
                return self._check()
        raise Broken("sealed", f"{name} cannot be sealed: {self.actors.settlements.get(name)}")

    def _nothing_left(self) -> None:
        """A preview of what is settled has no lines."""
        self._say(self.actors.settle(self._through(self.sealed.last), "preview-last", preview=True))
        self._run_settlement()
        status = self.actors.settlements["preview-last"]["status"]
        lines = (
            list(invariants.table(self.stack.objects("SettlementBucket"), "previews/preview-last/lines.csv"))
            if status == "previewed"
            else []
        )
        if lines or status != "previewed":
            raise Broken("pure", f"after the last settlement a preview ({status}) still has lines: {lines[:3]}")

    def _derive_again(self) -> None:
        """All facts accrued and settled at once come to what was accrued and settled bit by bit."""
        objects = self.stack.objects("SettlementBucket")
        books: dict[str, Any] = json.loads(objects[f"{self.sealed.last}/state/books.json"])["months"]
        before, bit_by_bit = invariants.stored_rows(self.stack), dict(self.posted)
        carried = {month: {"carried": book["carried"]} for month, book in books.items() if book.get("carried")}
        rebuild.forget(self.stack, carried)
        self.actors.settlements.clear()
        self.sealed, self.posted = Sealed(), Posted()
        if not rebuild.bring_to_rest(self.stack, ROUNDS_MAX):
            raise Broken("pure", "the facts accrued again do not come to rest")
        if wrong := invariants.difference(before, invariants.stored_rows(self.stack)):
            raise Broken("pure", f"accrual rows against the facts accrued again: {wrong}")
        self._say("the facts accrued again give the same rows")
        self._settle_at_once()
        if wrong := invariants.difference(bit_by_bit, self.posted):
            raise Broken("conserved", f"what was posted bit by bit against the facts settled at once: {wrong}")
        self._say(f"the facts settled at once come to the same {len(bit_by_bit)} claims")

    def _settle_at_once(self) -> None:
        through = self.stack.now.strftime("%Y-%m")
        self._say(self.actors.settle(through, "at-once"))
        self.stack.drain()
        self.actors.settled()
        if self.actors.settlements["at-once"]["status"] != "sealed":
            raise Broken("pure", f"the facts cannot be settled at once: {self.actors.settlements['at-once']} {self.stack.errors[-1:]}")
        objects = self.stack.objects("SettlementBucket")
        invariants.add(self.posted, invariants.posted(objects, "at-once"))


def traceback_of(error: BaseException) -> str:
    """The end of an error's traceback."""
    return "".join(traceback.format_exception(error)[-4:])
