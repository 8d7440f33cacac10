"""What labs and administrators report: disclosures, training runs, revenue, levies; and what of it they take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.simulation import world
from tests.simulation.actors import Actors, Broken

if TYPE_CHECKING:
    from random import Random

    from local.gateway import Response

TAKEN_BACK: Final = 409
"""The answer to one who had none, and tries again after what was sent has been taken back; and where its receipt is forgotten."""


class Labs:
    """Everybody who reports something else than usage."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self.actors, self.dice = actors, dice
        self._reported: dict[tuple[str, str, str], dict[str, Any]] = {}
        """What was sent under which path, by whom and with which scope, and was not taken back."""
        self._cleared: list[tuple[str, str]] = []

    def disclose(self) -> str:
        """An attribution report."""
        lab, body = self.a_report()
        sender, about = lab, dict[str, Any](self.dice.choice([{}, {}, {"atomic": True}]))
        if self.dice.random() < 0.2:
            sender, about = world.PROVIDER, about | {"licensee": lab}

        def then(reply: Response) -> None:
            if reply.status in {200, 201}:
                self.actors.reference.report(lab, body, reply.json())
            elif reply.status != 422 and not (reply.status == 403 and sender != lab):
                raise Broken("committed_once", f"{lab}'s report {body['report_id']} -> {reply.status} {reply.text}")

        answers = self.actors.insist(lambda: self.actors.call("POST", "/v1/attributions", sender, "disclosures.write", body | about), then)
        return f"{sender} discloses {', '.join(str(record['output_id']) for record in body['records'])}: {answers}"

    def a_report(self) -> tuple[str, dict[str, Any]]:
        """A lab, and what it attributes: new outputs, outputs used before, revisions, outputs of another lab."""
        dice, lab = self.dice, self.dice.choice(world.LABS)
        records = []
        for output in dice.sample(world.OUTPUTS, dice.randint(1, 4)):
            parts = world.shares(dice, world.KEYS, dice.choice([100, 60]))
            listed = [{"work": work, "share": share} for work, share in parts.items()]
            record = {"output_id": output, "revision": dice.randint(0, 4), "confidence": dice.choice(["0.92", "0.5", "0.05", "1"])}
            records.append(record | self.actors.market.split(listed))
        about = {"report_id": f"a-{self.actors.number()}", "model": dice.choice(world.MODELS), "method": "m", "method_version": "1"}
        return lab, about | {"records": records}

    def train(self) -> str:
        """A training run."""
        lab, body, again = self.a_run()

        def then(reply: Response) -> None:
            if reply.status in {200, 201}:
                self.actors.reference.run(lab, body)
            elif again and reply.status == TAKEN_BACK:
                self.actors.reference.run_refused(lab, body)
            else:
                raise Broken("committed_once", f"{lab}'s run -> {reply.status} {reply.text}")

        answers = self.actors.insist(lambda: self.actors.call("POST", "/v1/training-runs", lab, "disclosures.write", body), then)
        what = f"{body['model']} on {len(body['works'])} works, {body['trained_on']}"
        return f"{lab} trains {what}{' again' if again else ''}: {answers}"

    def a_run(self) -> tuple[str, dict[str, Any], str]:
        """A lab and a run of this month or an earlier one; or one that was stated before (its id), in whatever revision."""
        dice, lab, reference = self.dice, self.dice.choice(world.LABS), self.actors.reference
        works = [{"work": key, "weight": dice.choice(["1", "3.5", "0.25"])} for key in dice.sample(world.KEYS, dice.randint(1, 6))]
        known = [run for who, run in sorted(reference.runs) if who == lab and (lab, run) not in reference.withdrawn]
        again = dice.choice(known).partition("~")[0] if known and dice.random() < 0.3 else ""
        if again:
            reference.restated.add((lab, again))
            self.actors.deeds.did("a run stated again")
        body: dict[str, Any] = {
            "run_id": again or f"t-{self.actors.number()}",
            "model": dice.choice(world.MODELS),
            "trained_on": self.actors.day(),
            "works": works,
        } | ({"revision": dice.randint(0, 3)} if again else {})
        mine = [name for who, name in self._cleared if who == lab]
        return lab, body | ({"clearance_id": dice.choice(mine)} if mine and dice.random() < 0.5 else {}), again

    def clear(self) -> str:
        """A lab asks what it may train on, and may cite the answer."""
        lab, dice = self.dice.choice(world.LABS), self.dice
        body: dict[str, Any] = {
            "clearance_id": f"k-{self.actors.number()}",
            "use": dice.choice(["training", "training", "generation"]),
            "day": self.actors.stack.now.date().isoformat(),
            "works": dice.sample(world.KEYS, 4),
        } | dice.choice([{}, {"model": dice.choice(world.MODELS)}])

        def then(_reply: Response) -> None:
            if body["use"] == "training":
                self._cleared.append((lab, body["clearance_id"]))

        told = self.actors.expect("POST", "/v1/clearances", lab, "disclosures.write", body, 409, 422, then=then)
        return f"{lab} asks for clearance: {told}"

    def report_revenue(self) -> str:
        """A month's revenue, sometimes restated."""
        if not self.actors.pooled:
            return "nobody asks for revenue in this world"
        dice, lab, month = self.dice, self.dice.choice(world.LABS), self.actors.day()[:7]
        body = {
            "report_id": f"v-{self.actors.number()}",
            "month": month,
            "currency": dice.choice(world.CURRENCIES),
            "net_revenue": dice.choice(["1234.56", "100", "0.01", "77777.7"]),
            "subscribers": dice.choice([0, 10, 1000]),
            "revision": dice.randint(0, 3),
        } | self.actors.market.of_a_report()
        self._restate(body, "/v1/revenue", lab, "disclosures.write")
        return f"{lab} reports revenue of {month}: {self.actors.expect('POST', '/v1/revenue', lab, 'disclosures.write', body, TAKEN_BACK)}"

    def _restate(self, body: dict[str, Any], path: str, party: str, scope: str) -> None:
        """Sometimes it is a revision of what was said before, under its id: of the same month and money; a lower one is refused."""
        name, before = next(iter(body)), [said for (at, who, _), said in self._reported.items() if at.startswith(path) and who == party]
        if before and self.dice.random() < 0.3:
            said = self.dice.choice(before)
            body |= {field: said[field] for field in (name, "month", "currency")} | {"revision": self.dice.randint(1, 4)}
            self.actors.deeds.did("a month's report restated")
        self._reported[f"{path}/{body[name]}", party, scope] = body

    def deposit_levy(self) -> str:
        """A levy for a month."""
        if not self.actors.pooled:
            return "no levies in this world"
        month, dice = self.actors.day()[:7], self.dice
        body: dict[str, Any] = {"levy_id": f"l-{self.actors.number()}", "month": month, "currency": dice.choice(world.CURRENCIES)}
        body |= {"amount": dice.choice(["100", "0.07"]), "distribution": self.actors.market.distribution()}
        self._restate(body, "/v1/levies", world.ADMINISTRATOR, "admin")
        return f"a levy for {month}: {self.actors.expect('POST', '/v1/levies', world.ADMINISTRATOR, 'admin', body, TAKEN_BACK)}"

    def take_back(self) -> str:
        """A report of revenue, or a levy, that was a mistake."""
        if not self._reported:
            return "nothing to take back"
        path, party, scope = self.dice.choice(sorted(self._reported))
        del self._reported[path, party, scope]
        return f"{party} takes {path} back: {self.actors.expect('DELETE', path, party, scope, None, 404)}"

    def say_again(self) -> str:
        """A month's report or a run as it was: answered as before, or, where its receipt is forgotten, that it was said."""
        said = [(path.rpartition("/")[0], who, scope, body) for (path, who, scope), body in sorted(self._reported.items())]
        for (lab, _), run in sorted(self.actors.reference.runs.items()):
            body = {name: value for name, value in run.items() if name != "whole"} | {"run_id": run["whole"]}
            said.append(("/v1/training-runs", lab, "disclosures.write", body))
        if not said:
            return "nothing was said that could be said again"
        path, party, scope, body = self.dice.choice(said)
        reply = self.actors.call("POST", path, party, scope, body)
        if reply.status not in {200, TAKEN_BACK}:
            raise Broken("committed_once", f"{party} says again at {path} {body} -> {reply.status} {reply.text[:300]}")
        return f"{party} says again at {path}: {reply.status}"
