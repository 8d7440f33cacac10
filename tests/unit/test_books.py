"""What a settlement posts against what stands: the difference, and nothing of those whose money waits."""

from __future__ import annotations

from overtone.settlement.books import BookEntry, post
from tests.unit.settled import line, posted


def test_what_stands_of_a_licensee_whose_month_waits_is_neither_corrected_nor_forgotten() -> None:
    waits, goes_on = line("ann", 5, licensee="slow").key, line("ann", 5, licensee="quick").key
    book = [BookEntry(key, posted(1, 5, 0), "s1").encode() for key in sorted((waits, goes_on))]
    entitled = {waits: posted(1, 9, 0), goes_on: posted(1, 9, 0)}
    made = post("s2", entitled, {}, book, touched=None, settled_by="s1", waiting={"slow"})
    assert [(entry.key, entry.posting.amount, entry.adjusts) for entry in made.lines] == [(goes_on, 4, "s1")]
    kept = {entry.key: (entry.posting.amount, entry.last) for entry in map(BookEntry.decode, made.book)}
    assert kept == {waits: (5, "s1"), goes_on: (9, "s2")}
    gone = post("s3", {}, {}, made.book, touched=None, settled_by="s2", waiting={"slow"})
    assert [(entry.key, entry.posting.amount) for entry in gone.lines] == [(goes_on, -9)]
