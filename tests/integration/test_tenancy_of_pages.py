"""Every page of the console by everybody, with others' ids in path, query and cursor: what is on it is the reader's own, or nobody's."""

from __future__ import annotations

import inspect
import re
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

import pytest

from tests.integration.console_secrets import CONSOLE, PATHS, PERSONS, TEXTS, WITHIN, found_in, furnished, secrets
from tests.integration.scenario import lines_of
from tests.integration.test_tenancy import OFFICE, OPERATIONS
from tests.integration.visitors import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway import Response
    from local.stack import Stack
    from overtone.console.routing import PageRoute
    from tests.integration.test_tenancy import House

ROUTES: Final = [route for route in CONSOLE if route.method == "GET"]
UNSEEN: Final = {"SE4550000000058398257466", "1234.56", "a secret reason"}
"""Which no page shows like this to anybody: an account's number is masked, and disputes are the API's."""
AMOUNTS_SEEN_MIN: Final = 50
ASKED: Final[dict[str, tuple[str, ...]]] = {
    "party_id": ("ann", "bob", "stim", "fox"),
    "reporter": ("fox",),
    "licensee": ("fox",),
    "society": ("stim",),
    "work_id": ("track", "song"),
    "settlement_id": ("2026-10",),
    "line_id": (),
    "title": ("Track",),
    "cursor": (),
}
"""What a page may be asked for, with what is others'; lines and cursors come from the stack."""
ANYBODYS: Final = {
    *("month", "status", "state", "type", "kind", "since", "currency", "mechanism", "account", "reason", "from"),
    *("opening_id", "evidence"),
}
"""What it may be asked for besides, which names nothing that has an owner."""
OTHER_PATHS: Final = {
    "form": ("html", "csv", "pdf", "members"),
    "party_id": ("stim", "fox"),
    "work_id": ("song",),
    "name": ("payees.csv", "ann.json"),
}


@pytest.fixture(scope="module")
def house(deployed_stack: Stack) -> Iterator[House]:
    yield furnished(deployed_stack)
    deployed_stack.reset()


def asked_of(route: PageRoute) -> set[str]:
    """What a page reads of an address, itself or by what its module has besides pages."""
    source = inspect.getsource(sys.modules[route.page.__module__])
    for other in ROUTES:
        if other.page.__module__ == route.page.__module__ and other is not route:
            source = source.replace(inspect.getsource(other.page), "")
    return {name for name in ASKED if re.search(rf'"{name}"', source)}


def test_whatever_pages_read_of_an_address_has_a_case() -> None:
    for module in {route.page.__module__ for route in ROUTES}:
        source = inspect.getsource(sys.modules[module])
        named = set(re.findall(r'query\.get\("(\w+)"', source))
        for listed in re.findall(r"(?:FILTERS: Final = |query\.get\(name\) for name in )\(([^)]+)\)", source):
            named |= set(re.findall(r'"(\w+)"', listed))
        assert named <= set(ASKED) | ANYBODYS, (module, named - set(ASKED))
    variables = {name for route in ROUTES for name in re.findall(r"\{(\w+)\}", route.path)}
    assert variables <= set(PATHS) | {"line_id"}


def cursors(stack: Stack) -> dict[str, set[str]]:
    """Where others' lists go on, by the last word of the list's address."""
    found: dict[str, set[str]] = defaultdict(set)
    for operation in OPERATIONS:
        if "cursor" in operation.query:
            for party, scopes in ((None, OFFICE), ("ann", operation.scopes), ("fox", operation.scopes), ("stim", operation.scopes)):
                reply = stack.http("GET", operation.path, token=stack.token(party, " ".join(sorted(scopes))), query={"limit": "1"})
                if reply.status == 200 and (cursor := reply.json()["next_cursor"]):
                    found[operation.path.rpartition("/")[2]].add(cursor)
    return found


class Addresses:
    """Every page with the ids of others."""

    def __init__(self, stack: Stack) -> None:
        lines = lines_of(stack)
        self.lines = [next(line["line_id"] for line in lines if line["party_id"] == who) for who in ("ann", "stim")]
        self.invoice = stack.http("GET", "/v1/invoices", scope="finance").json()["items"][0]["number"]
        self.cursors = cursors(stack)

    def of(self, route: PageRoute) -> Iterator[str]:
        """One page: with each of others' ids in its path, then with each of what may be asked of it."""
        names = re.findall(r"\{(\w+)\}", route.path)
        usual = PATHS | {"line_id": self.lines[0], "number": self.invoice}
        plain = route.path.format(**usual)
        yield plain
        for name in names:
            for value in (*OTHER_PATHS.get(name, ()), *(self.lines if name == "line_id" else ())):
                yield route.path.format(**(usual | {name: value}))
        for name in sorted(asked_of(route)):
            values = {"line_id": tuple(self.lines), "cursor": self._cursors_of(route)}.get(name, ASKED[name])
            more = {"settlement_id": "2026-10"} if name == "line_id" else {}
            yield from (f"{plain}?{urlencode({name: value} | more)}" for value in values)

    def _cursors_of(self, route: PageRoute) -> tuple[str, ...]:
        source = inspect.getsource(route.page)
        return tuple(sorted(one for word, found in self.cursors.items() if f'"{word}"' in source for one in found))


@pytest.fixture(scope="module")
def addresses(house: House) -> list[str]:
    made = Addresses(house.stack)
    found = list(dict.fromkeys(address for route in ROUTES for address in made.of(route)))
    assert sum("cursor=" in address for address in found) >= CURSORS_MIN
    return found


CURSORS_MIN: Final = 8
"""Of pages that go on, with a cursor of another's list."""


@pytest.fixture(scope="module")
def told(house: House, addresses: list[str]) -> dict[str, list[Told]]:
    """Which secrets each person found on which page."""
    every = {secret.text for secret in secrets(house.stack)}
    found: dict[str, list[Told]] = {}
    for who, (party, groups) in (PERSONS | {"the office": ("", tuple(OFFICE))}).items():
        person = Visitor(house.stack)
        assert person.sign_in(party, *groups).status == 200
        answers = [(address, person.get(address)) for address in addresses]
        found[who] = [
            Told(address, answer.status, found_in(answer.body.decode(errors="replace"), every), is_file(answer))
            for address, answer in answers
        ]
    return found


def is_file(answer: Response) -> bool:
    return not answer.headers["content-type"].startswith("text/html") or "content-disposition" in answer.headers


class Told(NamedTuple):
    """What a page said to somebody."""

    address: str
    status: int
    secrets: frozenset[str]
    is_file: bool


@pytest.mark.parametrize("who", PERSONS)
def test_no_page_tells_anybody_what_is_anothers(house: House, told: dict[str, list[Told]], who: str) -> None:
    party, _ = PERSONS[who]
    others = {secret.text for secret in secrets(house.stack) if party not in secret.owners}
    for address, status, found, file in told[who]:
        assert not file or party in WITHIN, address
        assert status in {200, 400, 403, 404, 422}, (address, status)
        leaked = {text for text in found & others if text not in address}
        assert not leaked, (address, status, sorted(leaked))
    assert not house.stack.errors


def test_what_nobody_else_finds_there_those_find_whose_it_is(told: dict[str, list[Told]]) -> None:
    found = {text for pages in told.values() for one in pages for text in one.secrets if text not in one.address}
    assert set(TEXTS) - found == UNSEEN
    assert len(found - set(TEXTS)) >= AMOUNTS_SEEN_MIN
