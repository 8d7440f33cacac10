"""Keys of the rows by which registered things are listed and found by their words (hints, spread so that no key is too hot), of what
waits for a disclosure, of what is disclosed, and of what rounding leaves of a sales report.
"""

import hashlib
from typing import Final

from overtone.aws.keys import Key
from overtone.partitions import spread

LIST_SLOTS: Final = 8
TITLE_SLOTS: Final = 4
"""Over how many keys one word is spread: a million songs are called after love."""


def listed(kind: str, entity_id: str) -> Key:
    """A party or a work in the list of all."""
    return Key(list_pk(kind, spread(entity_id, LIST_SLOTS)), entity_id)


def list_pk(kind: str, slot: int) -> str:
    """One slot of the list of all."""
    return f"LIST#{kind}#{slot:02d}"


def administered(party_id: str, work_id: str) -> Key:
    """A work that the party administers, or was once to administer, whether it has a share in it or not."""
    return Key(f"ADMINISTERED#{party_id}", work_id)


def sent_for(sender: str, licensee: str) -> Key:
    """A licensee for which an attribution provider sent, or was about to send, a report."""
    return Key(f"SENT#{sender}", licensee)


def title_word(word: str, work_id: str) -> Key:
    """A work of whose title the word is, or once was, a part."""
    return Key(title_pk(word, spread(work_id, TITLE_SLOTS)), work_id)


def title_pk(word: str, slot: int) -> str:
    """One slot of the works that a word finds."""
    return f"TITLE#{word}#{slot:02d}"


def waiting_sketch(month: str, partition: str) -> Key:
    """Fingerprints of a partition's outputs that wait for a disclosure: whether a first disclosure can change it."""
    return Key(f"WAITING#{month}", partition)


def waiting_month(month: str) -> Key:
    """Says that every partition of the month keeps what waits in it."""
    return Key("WAITING", month)


def client_of(party: str, client_id: str) -> Key:
    """A client in the list of those that act for a party."""
    return Key(f"CLIENTS#{party}", client_id)


SEGMENTS: Final = "LIST"
FRESH: Final = "FRESH"
OUTPUTS_WITHDRAWN: Final = "GONE"


def output_way(way: int) -> str:
    """All that says which disclosures there are of the outputs that go one way.

    In order of `sk` the list comes last, so what moves into it while all is read is read twice, and not missed.
    """
    return f"OUTPUTS#{way:04d}"


def fresh_outputs(way: int, partition: str) -> Key:
    """What one report disclosed, until it joins the listed segments."""
    return Key(output_way(way), f"{FRESH}#{partition}")


def withdrawn_outputs(way: int, partition: str) -> Key:
    """Says that a report's disclosures count no more, wherever they stand."""
    return Key(output_way(way), f"{OUTPUTS_WITHDRAWN}#{partition}")


def segment_list(way: int) -> Key:
    """The list of a way's segments, replaced by one conditional write."""
    return Key(output_way(way), SEGMENTS)


def rounded(party: str, message: str, revision: int, summary: str) -> Key:
    """Which file of a sales report's creation takes what rounding leaves of a summary record's revenue; of any length, in their hash."""
    named = hashlib.sha256(f"{message}\n{summary}".encode()).hexdigest()
    return Key(f"ROUNDED#{party}#{named}", str(revision))
