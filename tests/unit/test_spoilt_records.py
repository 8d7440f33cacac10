"""One record of a file spoilt, the file itself whole: it is refused by name, or the others all come in, each as it was."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import OvertoneError
from overtone.formats.bank import camt053
from overtone.money import NANO, PICO
from tests import bwarm_feed
from tests.unit.test_camt053 import RECEIVED, details, entry, statement
from tests.unit.test_works_properties import read, total

SPOILT = st.sampled_from(["", "x", "-1", "1e5", "1.2345678", "9" * 50, "ÅÄÖ", "TRUE", "  "])
CENTS = st.lists(st.integers(1, 10**9), min_size=2, max_size=6, unique=True)


@given(CENTS, st.data())
def test_a_spoilt_entry_of_a_statement_takes_no_other_with_it(cents: list[int], data: st.DataObject) -> None:
    place, field = data.draw(st.integers(0, len(cents) - 1)), data.draw(st.sampled_from(["amount", "status", "text"]))
    entries = []
    for number, one in enumerate(cents):
        said = {"amount": f"{one // 100}.{one % 100:02d}", "status": "<Sts><Cd>BOOK</Cd></Sts>", "text": f"Invoice {number:08d}"}
        if number == place:
            said[field] = data.draw(SPOILT)
        entries.append(entry(details(text=said["text"]), amount=said["amount"], status=said["status"]))
    try:
        found = camt053.read(statement(*entries), RECEIVED)
    except OvertoneError:
        assert field != "text"
        return
    others = [one * PICO // 100 for number, one in enumerate(cents) if number != place or field == "text"]
    amounts = [receipt.amount for receipt in found.receipts]
    assert [amount for amount in amounts if amount in others] == others


@given(st.integers(2, 4), st.data())
def test_a_spoilt_row_of_a_feed_takes_no_other_work_with_it(count: int, data: st.DataObject) -> None:
    """Each work has a party and two shares of its own, so what is spoilt of one says nothing of the others."""
    tables: dict[str, list[dict[str, Any]]] = {
        "musicalworks.tsv": [bwarm_feed.work(f"W{n}", f"SONG {n}") for n in range(count)],
        "parties.tsv": [bwarm_feed.party(f"P{n}", f"Party {n}") for n in range(count)],
        "musicalworkrightshares.tsv": [
            bwarm_feed.share(2 * n + part, f"W{n}", f"P{n}", percent) for n in range(count) for part, percent in enumerate(("25", "75"))
        ],
    }
    name = data.draw(st.sampled_from(sorted(tables)))
    place = data.draw(st.integers(0, len(tables[name]) - 1))
    tables[name][place][data.draw(st.sampled_from(sorted(tables[name][place])))] = data.draw(SPOILT)
    theirs = place // 2 if name == "musicalworkrightshares.tsv" else place
    try:
        drafts = read(bwarm_feed.feed(tables))
    except OvertoneError:
        return
    whole = {draft.body["title"] for draft in drafts if not draft.refusals and draft.body.get("shares") and total(draft) == NANO}
    assert whole >= {f"SONG {n}" for n in range(count) if n != theirs}
    assert len(drafts) >= count - (name == "musicalworks.tsv")
