"""What was said of a dispute is kept as a digest, which an earlier version made of the shares in the order in which they were listed."""

import hashlib
from typing import Any

import orjson
import pytest

from overtone.money import NANO
from overtone.rights.disputes import CLOSED, OPEN, Dispute, Resolution, agree, repeats
from overtone.rights.registration import Actor
from overtone.scales import Nano

HALVES = ({"party": "bob", "share": "0.5"}, {"party": "ann", "share": "0.5"})


def outcome(*shares: dict[str, str], **more: Any) -> Resolution:
    return Resolution.model_validate({"shares": shares, "effective_from": "2026-11-01"} | more)


def kept_before(word: Resolution) -> str:
    said = word.model_dump(mode="json", exclude={"evidence"})
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def dispute(**said: str) -> Dispute:
    return Dispute("d-1", "track", "ann", "2026-11-01T00:00:00Z", "mine", {"bob": Nano(NANO)}, said)


@pytest.mark.parametrize("listed", [HALVES, HALVES[::-1]])
def test_who_said_the_same_to_an_earlier_version_has_said_it(listed: tuple[dict[str, str], ...]) -> None:
    """Ann's word was kept as she listed the shares; Bob's, sent just alike, was another one, and the dispute stayed open."""
    word = outcome(*listed)
    closed = agree(Actor("bob"), dispute(ann=kept_before(word)), word)
    assert closed.status == CLOSED
    assert repeats(Actor("ann"), closed, outcome(*listed[::-1])), "what both said is kept as this version keeps it"


def test_what_ended_a_dispute_in_an_earlier_version_may_be_said_again() -> None:
    word = outcome(*HALVES)
    ended = dispute(ann=kept_before(word), bob=kept_before(word))._replace(status=CLOSED)
    assert repeats(Actor("ann"), ended, word)
    assert not repeats(Actor("ann"), ended, outcome({"party": "ann", "share": "1"}))


def test_another_word_is_another() -> None:
    word, other = outcome(*HALVES), outcome(HALVES[0], {"party": "ann", "share": "0.4"})
    assert agree(Actor("bob"), dispute(ann=kept_before(other)), word).status == OPEN
    assert agree(Actor("bob"), dispute(ann=other.agreed_text()), word).status == OPEN
    assert agree(Actor("bob"), dispute(ann=kept_before(outcome(*HALVES, effective_from="2026-11-02"))), word).status == OPEN
