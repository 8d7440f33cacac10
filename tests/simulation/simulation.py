"""One run: actors and faults by the dice of one seed, the invariants after every few steps, and the reckoning at the end."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from tests.simulation import checks, invariants, quiet, smallness, world
from tests.simulation.actors import Actors, Broken
from tests.simulation.acts import acts_of
from tests.simulation.auditors import Auditors
from tests.simulation.bank import Bank
from tests.simulation.bookkeepers import Bookkeepers
from tests.simulation.chaos import Chaos
from tests.simulation.filers import Filers
from tests.simulation.habits import Habits
from tests.simulation.invariants import Posted, Sealed
from tests.simulation.labs import Labs
from tests.simulation.mishaps import Mishaps
from tests.simulation.office import Office
from tests.simulation.onlookers import Onlookers
from tests.simulation.pricing import Breaches, breaches_of
from tests.simulation.readers import Readers
from tests.simulation.reckoning import reckon
from tests.simulation.redress import Redress
from tests.simulation.registrants import Registrants
from tests.simulation.stewards import Stewards
from tests.simulation.subscribers import Subscribers
from tests.simulation.trespassers import Trespassers

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

START: Final = "2026-10-03T08:00:00Z"
CHECK_EVERY: Final = 20
SCHEDULE_MINUTES, HIDDEN_MINUTES = 15, 95
"""How often there is a cycle, and after which the queue shows a message again whose worker died."""
WAIVED: Final = 0.7
"""How often finance settles although a reporter declared more than it sent."""
RESTARTED, STRICT, EARLY = 0.5, 0.1, 0.8
"""How often a failed one is planned anew, one is refused while anything lies aside, and one is asked for although its month goes on."""
POOLED_WORLDS, QUIET_WORLDS, MARKET_WORLDS = 0.5, 0.5, 0.6
IN_FLIGHT_SECONDS_MAX: Final = 29
"""A request that takes longer is cut off by the API."""


class Simulation:
    """A stack, everybody around it, and what they say of each step."""

    def __init__(self, stack: Stack, seed: int, tell: Callable[[str], None], left_out: frozenset[int] = frozenset()) -> None:
        self.stack, self.dice = stack, Random(seed)
        self.habits, self._left_out = Habits(seed), left_out
        self.chaos = Chaos(stack, self.dice, self._meanwhile, self.habits)
        self.actors = Actors(stack, self.dice, lambda: self.chaos.struck or bool(self.mishaps.spoilt))
        self.readers, self.office = Readers(self.actors, self.dice), Office(self.actors, self.dice)
        self.registrants, self.labs = Registrants(self.actors, self.dice), Labs(self.actors, self.dice)
        self.trespassers, self.redress = Trespassers(self.actors, self.dice), Redress(self.actors, self.dice)
        self.bank, self.mishaps = Bank(self.actors, self.dice), Mishaps(self.actors, self.dice)
        self.stewards, self.filers = Stewards(self.actors, self.dice), Filers(self.actors, self.labs, self.dice)
        self.bookkeepers, self.onlookers = Bookkeepers(self.actors, self.dice), Onlookers(self.actors, self.dice)
        self.subscribers, self.auditors = Subscribers(self.actors, self.dice), Auditors(self.actors, self.dice)
        self.sealed, self.posted, self.breaches = Sealed(), Posted(), Breaches()
        self.seed, self._tell, self.step, self.quiet = seed, tell, 0, False
        self.history, self.broken = list[str](), ""

    def run(self, steps: int) -> None:
        """Raises `Broken` with seed and step at the first invariant that does not hold."""
        smallness.set_for(self.seed)
        try:
            self._open()
            for self.step in range(1, steps + 1):
                self.dice.seed(f"{self.seed}/{self.step}")  # a step does what it does, whichever others are left out
                self.chaos.step()
                if self.step not in self._left_out:
                    self._one()
                if self.step % CHECK_EVERY == 0:
                    self.check()
                    quiet.price(self, last=self.step == steps)
            self.dice.seed(f"{self.seed}/end")
            reckon(self)
        except Broken as broken:
            self.broken = broken.invariant
            raise Broken(f"seed {self.seed}, step {self.step}", f"{broken}") from broken
        finally:
            smallness.set_for(0)
            self.chaos.detach()
            self.office.leave()

    def say(self, text: str) -> None:
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
        actors.market.is_open = self.dice.random() < MARKET_WORLDS
        self.stack.at("2026-08-20T08:00:00Z")
        for name in (world.PROVIDER, *world.REPORTERS, world.ADMINISTRATOR, *world.SOCIETIES, *world.HOLDERS):
            self.registrants.put_party(name)
        for name in ("song-0", "song-1", "rec-0", "rec-1", "rec-2", "rec-3"):
            self.registrants.put_work(name)
        for licensee in world.REPORTERS:
            self.registrants.put_deal(None, licensee)
            self.registrants.put_deal(self.dice.choice(["mono", "ann", *world.SOCIETIES]), licensee)
        self.stack.at(START)
        self.chaos.on = True

    def _one(self) -> None:
        acts = {act: self.habits.often(act.__name__, usual) for act, usual in acts_of(self).items()}
        (act,) = self.dice.choices(list(acts), weights=list(acts.values()))
        self.say(act())
        self.pass_time(self.dice.choice([1, 7, 40, 300, 3600, 4 * 3600]))

    def pass_time(self, seconds: float) -> None:
        self.stack.at(self.stack.now + timedelta(seconds=seconds))

    def _meanwhile(self, interrupted: str) -> None:
        """Somebody acts between two writes of a handler: requests between those of workers, workers between those of a request."""
        if interrupted not in {"Accrue", "Aggregate", "Settlement"}:
            return self._work_meanwhile(interrupted)
        actors = self.actors
        self.pass_time(0.01)
        acts = [actors.new_batch, actors.correct, self.labs.disclose, self.registrants.put_work, self.labs.report_revenue]
        act = self.dice.choice(acts if self.quiet else [*acts, self.registrants.put_deal])
        self.say(f"  between two writes of {interrupted}: {act()}")
        self.pass_time(0.01)
        return None

    def _work_meanwhile(self, interrupted: str) -> None:
        before = self.stack.now
        self.say(f"  between two writes of {interrupted} the workers run")
        self.stack.invoke("Aggregate", {"now": before.isoformat()})
        self.stack.drain()
        if (self.stack.now - before).total_seconds() > IN_FLIGHT_SECONDS_MAX:
            self.stack.at(before + timedelta(seconds=IN_FLIGHT_SECONDS_MAX))

    # ------------------------------------------------------------ time

    def answer(self) -> str:
        """Clients who got no answer try again."""
        waiting, self.actors.unanswered[:] = list(self.actors.unanswered), []
        self.actors.unanswered += [send for send in waiting if not send()]
        return f"{len(waiting)} without an answer try again, {len(self.actors.unanswered)} still have none"

    def accrue(self) -> str:
        """A cycle or more of accrual."""
        minutes = self.dice.choice([SCHEDULE_MINUTES, HIDDEN_MINUTES])
        self._tick(self.stack.now + timedelta(minutes=minutes))
        return f"{minutes} minutes pass"

    def day_passes(self) -> str:
        """Everything that is due in a day comes."""
        self._tick(self.stack.now + timedelta(days=1))
        return "a day passes"

    def week_passes(self) -> str:
        """Everything that is due in a week comes."""
        self._tick(self.stack.now + timedelta(days=7))
        return "a week passes"

    def clock_jumps(self) -> str:
        """A machine's clock is set, back or ahead."""
        seconds = self.dice.choice([-90, -5, 30, 900])
        self.pass_time(seconds)
        self.actors.deeds.did("the clock set back" if seconds < 0 else "the clock set ahead")
        return f"the clock jumps by {seconds} s"

    def read_lines(self) -> str:
        """Lines of a sealed settlement, page by page, or what is behind one of them."""
        sealed = sorted(name for name, record in self.actors.settlements.items() if record["status"] == "sealed")
        read = self.dice.choice([self.readers.lines, self.readers.explained])
        return read(self.dice.choice(sealed)) if sealed else "nothing is sealed that could be read"

    def _tick(self, until: datetime) -> None:
        self.chaos.weather()
        self.stack.tick(until)
        self.look()

    # ------------------------------------------------------------ settling

    def _month(self) -> str:
        """The month before or this one, never before what is sealed."""
        today = self.stack.now
        before = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        sealed = [str(r["through"]) for r in self.actors.settlements.values() if r["status"] == "sealed"]
        return max([str(self.dice.choice([before, before, today.strftime("%Y-%m")])), *sealed])

    def run_settlement(self) -> str:
        self.chaos.weather()
        self.stack.drain()
        return self.look()

    def settle(self) -> str:
        """Finance asks for a settlement, or goes on with one that failed."""
        stuck = sorted(name for name, r in self.actors.settlements.items() if r["status"] in {"failed", "computing"} and not r["preview"])
        if stuck and self.dice.random() < 0.7:
            name, restart = self.dice.choice(stuck), self.dice.random() < RESTARTED
            asked = self.actors.settle(self.actors.settlements[name]["through"], name, restart=restart)
            self.actors.deeds.did("a settlement planned anew" if restart else "a settlement gone on with")
        else:
            strict, early = self.dice.random() < STRICT, self.dice.random() < EARLY
            asked = self.actors.settle(self._month(), waive=self.dice.random() < WAIVED, strict=strict, early=early)
        return f"{asked}; {self.run_settlement()}"

    def settle_again(self) -> str:
        """A sealed settlement asked for again is answered, and nothing moves."""
        if not self.sealed.last:
            return "nothing is sealed"
        asked = {"settlement_id": self.sealed.last, "through": self.through_of(self.sealed.last)}
        reply = self.actors.call("POST", "/v1/settlements", None, "finance", asked)
        self.stack.drain()
        if reply.status not in {200, 500, 503}:
            raise Broken("sealed", f"{self.sealed.last} again -> {reply.status} {reply.text}")
        self.sealed.hold(self.stack.objects("SettlementBucket"))
        self.actors.deeds.did("a sealed settlement asked for again")
        return f"finance asks for {self.sealed.last} again: {reply.status}; {self.look()}"

    def through_of(self, name: str) -> str:
        return str(self.actors.settlements[name]["through"])

    def settle_twice(self) -> str:
        """Two of finance ask for the same month at once."""
        asked = "; ".join(self.actors.settle(month) for month in [self._month()] * 2)
        self.actors.deeds.did("two settlements of a month at once")
        return f"{asked}; {self.run_settlement()}"

    def preview(self) -> str:
        """A preview seals nothing."""
        before = self.sealed.last
        asked = self.actors.settle(self._month(), preview=True)
        told = self.run_settlement()
        self.sealed.hold(self.stack.objects("SettlementBucket"))
        return f"{asked}; {told}" if before == self.sealed.last else f"{asked} (others were sealed meanwhile); {told}"

    def look(self) -> str:
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
        if any(r["status"] == "previewed" and not name.startswith(quiet.NAME) for name, r in self.actors.settlements.items()):
            self.actors.deeds.counts["a settlement previewed"] = 1
        latest = {name: r["status"] for name, r in sorted(self.actors.settlements.items()) if r["status"] != "sealed"}
        return f"sealed up to {self.sealed.last or 'none'}" + (f", {latest}" if latest else "")

    def _take(self, objects: dict[str, bytes], name: str) -> None:
        self.sealed.take(objects, name)
        invariants.add(self.posted, invariants.posted(objects, name))
        invariants.owed(objects, name)
        invariants.balanced(objects, name)
        invariants.telescopes(objects, name, self.posted)
        invariants.audited(objects, name)
        self.breaches |= breaches_of(objects, name)
        self.actors.deeds.did("a settlement sealed")
        self.say(f"  {name} is sealed, {len(self.posted)} claims stand")

    # ------------------------------------------------------------ checking

    def check(self) -> None:
        invariants.attributed(self.stack)
        checks.at_rest(self)
        self.sealed.hold(self.stack.objects("SettlementBucket"))
        checks.no_crashes(self)
