"""Every form of the console by those beside, with others' ids in it: nothing of theirs changes, and nothing is told in the refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import pytest

from tests.integration import scenario
from tests.integration.console_secrets import CONSOLE, PATHS, PERSONS, WITHIN, found_in, furnished, secrets
from tests.integration.test_tenancy import stored
from tests.integration.test_tenancy_of_doors import SHARED
from tests.integration.visitors import Form, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack
    from tests.integration.test_tenancy import House

FORMS: Final = [route for route in CONSOLE if route.method == "POST"]
OTHERS: Final = PATHS | {"kind": "adjustments", "mandate": "m-1", "proposal_id": "a-1", "number": "1"}
FIELDS: Final = {
    "party": "ann",
    "party_id": "ann",
    "licensee": "fox",
    "reporter": "fox",
    "society": "stim",
    "month": "2026-10",
    "settlement_id": "2026-10",
    "invoice": "00000001",
    "amount": "1",
    "currency": "EUR",
    "reason": "r",
    "evidence": "e",
    "day": "2026-10-05",
    "use": "training",
    "works": scenario.ISRC,
    "version": "1",
    "training": "deny",
    "endpoint_id": "w-1",
    "client_id": "client-1",
    "clearance_id": "k-1",
    "what": "preview",
    "rows": "party,name,country,rights,uses\nann,Ann,SE,recording,play\n",
    "answer": "payment_id,status,reason\n",
    "preview_id": "2026-10",
    "adjustment_id": "a-1",
    "refund_id": "r-1",
    "write_off_id": "o-1",
    "opening_id": "p-1",
    "collection_id": "c-1",
    "since": "2026-01-01",
}
"""What a form says of what is others', whatever the form."""
BESIDE: Final = [who for who, (party, _) in PERSONS.items() if party not in WITHIN]


@pytest.fixture(scope="module")
def house(deployed_stack: Stack) -> Iterator[House]:
    yield furnished(deployed_stack)
    deployed_stack.reset()


@pytest.mark.parametrize("who", BESIDE)
def test_no_form_changes_what_is_anothers_nor_tells_it_in_the_refusal(house: House, who: str) -> None:
    stack, (party, groups) = house.stack, PERSONS[who]
    others = {secret.text for secret in secrets(stack) if party not in secret.owners} - set(FIELDS.values()) - set(OTHERS.values())
    person = Visitor(stack)
    assert person.sign_in(party, *groups).status == 200
    key = Form(person.get("/console").text).forms["/console/sign-out"]["form_key"]
    before = stored(stack)
    for route in FORMS:
        answer = person.request("POST", route.path.format(**OTHERS), urlencode({"form_key": key} | FIELDS))
        for page in (answer, *([person.get(answer.headers["location"])] if "location" in answer.headers else [])):
            assert page.status in {200, 303, 400, 403, 404, 409, 413, 422}, (route.path, page.status)
            assert not (leaked := found_in(page.text, others)), (route.path, sorted(leaked))
    stack.drain()
    now = stored(stack)
    changed = [name for name in {*now, *before} if now.get(name) != before.get(name) and not SHARED.match(name)]
    assert not [name for name in changed if not party or (party not in name and party not in now.get(name, ""))]
    assert not stack.errors
