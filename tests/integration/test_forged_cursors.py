"""A cursor comes back from outside: one that was made up, cut, or given by another list is refused or leads on, and breaks nothing."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Final

import pytest

from tests.integration import scenario
from tests.integration.test_tenancy import OPERATIONS, Asked

if TYPE_CHECKING:
    from local.stack import Stack
    from tests.integration.test_tenancy import House

DIGITS: Final = "9" * 5_000
"""More than Python takes for a number."""
MADE_UP: Final = ("1", "7", "-1", "0x1", "\N{ARABIC-INDIC DIGIT SEVEN}", DIGITS, "2026-10", "2026-10@1", "2026-10@7", f"2026-10@{DIGITS}")
KEYS: Final = (
    *("ann", "a#b#c", "#", "\x00", "2026-10-03", "2026-10-03T00:00:00.000000Z#x", "b-1", "~"),
    *("x" * 2_000, f"{'x' * 600}@1", f"{'x' * 2_000}@1"),
)
"""What lists go on behind, and what they might take for it."""
OK: Final = 200
LISTS: Final = [asked for asked in OPERATIONS if "cursor" in asked.query]


def reader(stack: Stack, asked: Asked) -> str:
    """The token of somebody to whom the list is shown: the office's, or one of a party's."""
    scopes = " ".join(sorted(asked.scopes))
    tokens = [stack.token(party, scopes) for party in (None, "ann", "fox", "stim")]
    return next((token for token in tokens if stack.http("GET", asked.path, token=token).status == OK), tokens[0])


@pytest.fixture(scope="module")
def cursors(house: House) -> list[str]:
    """Those made up, plain and as cursors travel; and each list's own, for all the others."""
    found = [*MADE_UP, *KEYS, *(urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in (*MADE_UP, *KEYS))]
    for asked in LISTS:
        reply = house.stack.http("GET", asked.path, token=reader(house.stack, asked), query={"limit": "1"})
        if reply.status == OK and "next_cursor" in reply.text and (own := reply.json()["next_cursor"]):
            found.append(own)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("asked", LISTS, ids=repr)
def test_no_list_breaks_on_a_cursor_that_is_not_its_own(house: House, cursors: list[str], asked: Asked) -> None:
    token = reader(house.stack, asked)
    replies = {cursor: house.stack.http("GET", asked.path, token=token, query={"cursor": cursor}) for cursor in cursors}
    broken = {cursor[:40]: reply.text for cursor, reply in replies.items() if reply.status not in {200, 400, 404, 422}}
    assert not broken
    assert not house.stack.errors


PLACES: Final = {
    "/v1/suspense": ("state/suspense.ndjson", "2026-10@{}", True),
    "/v1/suspense/unclaimedmusicalworkrightshares.tsv": ("state/suspense.ndjson", "2026-10@{}", False),
    "/v1/settlements/2026-10/lines": ("lines.csv", "{}", True),
    "/v1/settlements/2026-10/claims/fox": ("lines.csv", "{}", False),
}
"""Lists that go on at a byte of a file: which, what the cursor is, and whether it travels encoded."""
LOOKED_AT_MAX: Final = 150


@pytest.mark.parametrize("path", PLACES)
def test_a_list_goes_on_where_a_line_begins_and_nowhere_else(house: House, path: str) -> None:
    name, form, encoded = PLACES[path]
    body = scenario.files_of(house.stack)[name]
    begins = {0, *(place + 1 for place, byte in enumerate(body) if byte == LINE_END)}
    places = {*range(LOOKED_AT_MAX), *begins, len(body), len(body) + 1}
    for place in sorted(places):
        cursor = form.format(place)
        travelling = urlsafe_b64encode(cursor.encode()).decode().rstrip("=") if encoded else cursor
        reply = house.stack.http("GET", path, scope=scenario.FINANCE, query={"cursor": travelling})
        assert reply.status == (OK if place in begins or place >= len(body) else REFUSED), (place, reply.status, reply.text[:200])
        assert reply.status == OK or reply.json()["errors"][0]["field"] == "cursor"


LINE_END: Final = ord("\n")
REFUSED: Final = 422
