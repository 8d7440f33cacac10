"""What a settlement posts against what stands: the difference, and nothing of those whose money waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from overtone.settlement import part_file
from overtone.settlement.books import BookEntry, Posted, post
from overtone.settlement.line_columns import due_lines
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
        st.tuples(st.integers(0, 4), st.sampled_from(("ann", "ben", 'a"b', "é\\", "a!", "a")), st.sampled_from(("", "stream"))),
        st.tuples(*[st.integers(-2, 2)] * 3),
        max_size=8,
    ),
    title=HOSTILE_TITLES,
    settled_by=st.sampled_from(("", "s0")),
)
def test_what_is_all_new_is_posted_as_anything_is(
    due: dict[tuple[int, str, str], tuple[int, int, int]], title: str, settled_by: str
) -> None:
    keys = {
        (work, party, use): line(party, 1).key._replace(work_key=f"work:{work}", work_id=str(work), member_id="ben", use=use)
        for work, party, use in due
    }
    entitled = {keys[place]: posted(*figures) for place, figures in due.items()}
    titles = {key: title for key in entitled if key.work_id != "2"}
    alike = post("s1", entitled, titles, (), touched=None, settled_by=settled_by)
    one_by_one = post("s1", entitled, titles, (), touched=None, settled_by=settled_by, waiting={"nobody"})
    columns = list(due_lines(entitled, titles))
    in_columns = post("s1", {}, {}, (), touched=None, settled_by=settled_by, columns=columns)
    waiting = post("s1", {}, {}, (), touched=None, settled_by=settled_by, columns=columns, waiting={"nobody"})
    assert len({_files(posted) for posted in (alike, one_by_one, in_columns, waiting)}) == 1
    assert sorted(alike.lines) == sorted(one_by_one.lines) == sorted(waiting.lines)


def _files(posted: Posted) -> tuple[bytes, bytes]:
    return b"".join(posted.book), b"".join(part_file.encode({}, [], posted.lines, {"1": ["isrc:SEABC2600001"]}))
