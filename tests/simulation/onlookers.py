"""Those who look at anything that can be asked for, by names that they saw in other answers, with what filters there are."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from local.generate import OPENAPI
from tests.simulation import world
from tests.simulation.actors import Broken
from tests.witness import Undocumented, Witness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from tests.simulation.actors import Actors

PARTIES: Final = (*world.REPORTERS, *world.SOCIETIES, *world.HOLDERS, world.ADMINISTRATOR)
KNOWN: Final[dict[str, Sequence[str]]] = {
    "party_id": PARTIES,
    "licensee": world.LABS,
    "reporter": world.REPORTERS,
    "society_id": world.SOCIETIES,
    "work_id": tuple(world.WORKS),
    "work_key": world.KEYS,
    "output_id": world.OUTPUTS,
    "month": ["2026-08", "2026-09", "2026-10", "2026-11"],
    "year": ["2026"],
    "folder": ["statements", "invoices", "reports", "state"],
    "name": ["lines.csv", "payments.csv", "manifest.json", "journal.csv", "pain001-EUR.xml", "ann.html", "ann.csv"],
    "currency": world.CURRENCIES,
    "limit": ["1", "3", "1000"],
}
"""What is known before anything was seen, by the names of parameters."""
SEEN_MAX: Final = 60
"""So many values of each name are remembered."""
FILTERED: Final = 0.3
"""How often a filter is given a value."""
SECOND_NAMES: Final = {"usage_month": "month", "settled_by": "settlement_id", "id": "deal_id"}
"""Of answers, under which parameters ask for them."""


class Question(NamedTuple):
    """A route that is read: what its path and its query name, with the values that the document lists; who may ask."""

    path: str
    named: tuple[str, ...]
    query: dict[str, list[str]]
    scopes: tuple[str, ...]


class Onlookers:
    """Anybody who reads, whoever it is."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice = actors, dice
        self._seen: dict[str, dict[str, None]] = {name: dict.fromkeys(values) for name, values in KNOWN.items()}

    def look(self) -> str:
        """One route, by names that are known by now: an answer that the document describes, or a refusal."""
        dice = self._dice
        asked = dice.choice([one for one in _questions() if all(self._seen.get(name) for name in one.named)])
        path = re.sub(r"\{(\w+)\}", lambda name: quote(self._one(name[1]), safe=""), asked.path)
        query = {name: self._one(name, listed) for name, listed in asked.query.items() if dice.random() < FILTERED}
        query = {name: value for name, value in query.items() if value}
        scope, party = dice.choice(asked.scopes), dice.choice([None, None, *PARTIES])
        gateway = self._actors.stack.gateway
        before, gateway.witness = gateway.witness, _witness()
        try:
            reply = self._actors.call("GET", path, party, scope, query=query)
        except Undocumented as wrong:
            raise Broken("answered", f"GET {path} {query} of {party} ({scope}): {wrong}") from wrong
        finally:
            gateway.witness = before
        if reply.status == 200 and reply.headers.get("content-type") == "application/json":
            for name, value in _texts(reply.json()):
                values = self._seen.setdefault(SECOND_NAMES.get(name, name), {})
                if len(values) < SEEN_MAX:
                    values[value] = None
        if reply.status == 200:
            self._actors.deeds.did("something looked at")
        return f"{party or 'somebody'} ({scope}) looks at {path} {query or ''}: {reply.status}"

    def _one(self, name: str, listed: list[str] | None = None) -> str:
        values = listed or [*self._seen.get(name, {})]
        return self._dice.choice(values) if values else ""


@cache
def _questions() -> list[Question]:
    """Every route of the document that is read."""
    paths: dict[str, dict[str, Any]] = json.loads(OPENAPI.read_text(encoding="utf-8"))["paths"]
    return [_question(path, said["get"]) for path, said in sorted(paths.items()) if "get" in said]


def _question(path: str, said: dict[str, Any]) -> Question:
    query = {
        one["name"]: [str(text) for text in one["schema"].get("enum", [])] for one in said.get("parameters", []) if one["in"] == "query"
    }
    scopes = sorted({scope for way in said.get("security", []) for named in way.values() for scope in named} | {"finance"})
    return Question(path, tuple(re.findall(r"\{(\w+)\}", path)), query, tuple(scopes))


@cache
def _witness() -> Witness:
    return Witness.of_the_document()


def _texts(answer: Any) -> Iterator[tuple[str, str]]:
    """Every text that stands under a name."""
    if isinstance(answer, list):
        for part in answer:
            yield from _texts(part)
    elif isinstance(answer, dict):
        for name, part in answer.items():
            if isinstance(part, str):
                yield name, part
            else:
                yield from _texts(part)
