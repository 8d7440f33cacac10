"""What a settlement posts against what stands: the difference, and nothing of those whose money waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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


HOSTILE_TITLES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=4)


@given(
    due=st.dictionaries(
        st.tuples(st.integers(0, 5), st.sampled_from(("ann", "ben", 'a"b', "é\\"))), st.tuples(*[st.integers(-2, 2)] * 3), max_size=8
    ),
    title=HOSTILE_TITLES,
    settled_by=st.sampled_from(("", "s0")),
)
def test_what_is_all_new_is_posted_as_anything_is(due: dict[tuple[int, str], tuple[int, int, int]], title: str, settled_by: str) -> None:
    keys = {
        place: line(place[1], 1).key._replace(work_key=f"work:{place[0]}", work_id=str(place[0]), use="stream" if place[0] == 1 else "")
        for place in due
    }
    entitled = {keys[place]: posted(*figures) for place, figures in due.items()}
    titles = {key: title for key in entitled if key.work_id != "2"}
    alike = post("s1", entitled, titles, (), touched=None, settled_by=settled_by)
    assert alike == post("s1", entitled, titles, (), touched=None, settled_by=settled_by, waiting={"nobody"})
