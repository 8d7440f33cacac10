"""A fee over a repertoire that asks how often each work was used: their uses lie in other parts of the month than the fee."""

from decimal import Decimal
from typing import Any

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import ISRC, OTHER_ISRC, accrue, deal, disclose, party, settle, usage, work
from tests.integration.test_explaining import explained
from tests.integration.test_settlement_adjustments import LATER

FEE: dict[str, Any] = {"mechanism": "licence_fee", "fee": {"amount": "90", "per": "month"}, "basis": "presence"}
SINCE = "2026-10-01"


def catalogue(stack: Stack) -> None:
    """Ann's songs, which Bob recorded, and her recording: in October 100 and 60 uses of two recordings of a song, 149 of another's."""
    stack.at("2026-09-01T08:00:00Z")
    for name in ("ann", "bob"):
        party(stack, name, "creator", payout=scenario.BANK)
    party(stack, "fox", "licensee")
    for name in ("song", "other-song"):
        work(stack, name, "ann", {"ann": "1"}, "composition")
    work(stack, "tape", "bob", {"bob": "1"}, identifiers=[ISRC], composition="song")
    work(stack, "live", "bob", {"bob": "1"}, composition="song")
    work(stack, "cover", "bob", {"bob": "1"}, composition="other-song")
    work(stack, "own", "ann", {"ann": "1"}, identifiers=[OTHER_ISRC])
    sides = {"recording": "0.5", "composition": "0.5"}
    deal(stack, "fee", FEE, licensor="ann", sides=sides, eligibility={"min_uses": 150}, **{"from": SINCE})
    disclosed = {"gen-1": {ISRC: "1"}, "gen-2": {"work:live": "1"}, "gen-3": {"work:cover": "1"}, "gen-4": {OTHER_ISRC: "1"}}
    stack.at("2026-10-05T08:00:00Z")
    disclose(stack, "rep-1", disclosed)
    used = [(1, 100), (2, 60), (3, 149), (4, 150)]
    usage(stack, "b-1", *((f"output:gen-{number}", "2026-10-03", uses) for number, uses in used))
    accrue(stack, "2026-10-05T08:15:00Z")
    stack.at(scenario.SETTLED)


def paid(stack: Stack, *settlements: str) -> dict[str, Decimal]:
    """What the fee comes to, by work."""
    found: dict[str, Decimal] = {}
    for line in (line for name in settlements for line in scenario.lines_of(stack, name) if line["mechanism"] == "licence_fee"):
        found[line["work_id"]] = found.get(line["work_id"], Decimal(0)) + Decimal(line["amount"])
    return {work: amount for work, amount in found.items() if amount}


def test_works_are_counted_by_all_of_their_keys_and_compositions_by_their_recordings_and_later_uses_correct_it(stack: Stack) -> None:
    catalogue(stack)
    assert settle(stack)["status"] == "sealed", stack.errors
    assert paid(stack, "2026-10") == {"song": 45, "own": 45}
    usage(stack, "b-2", ("output:gen-3", "2026-10-20", 1))
    accrue(stack, LATER)
    assert settle(stack, "again")["status"] == "sealed", stack.errors
    assert paid(stack, "2026-10", "again") == {"song": 30, "own": 30, "other-song": 30}
    (line,) = (one for one in scenario.lines_of(stack, "again") if one["work_id"] == "other-song" and one["mechanism"] == "licence_fee")
    assert explained(stack, line["line_id"], "again")["verified"]


def test_uses_of_an_output_that_is_found_to_be_void_are_counted_no_more(stack: Stack) -> None:
    catalogue(stack)
    hold = {"hold_id": "farm", "subject": "output:gen-2", "months": ["2026-10"], "reason": "a farm"}
    assert stack.http("POST", "/v1/holds", scope="finance", json=hold).status == 201
    accrue(stack, "2026-11-10T07:00:00Z")
    assert settle(stack)["status"] == "sealed", stack.errors
    assert paid(stack, "2026-10") == {"song": 45, "own": 45}
    ended = stack.http("POST", "/v1/holds/farm:decide", scope="finance", json={"outcome": "void", "evidence": "report 7"})
    assert ended.status == 200, ended.text
    stack.at(LATER)
    assert settle(stack, "again")["status"] == "sealed", stack.errors
    assert paid(stack, "2026-10", "again") == {"own": 90}
