"""A work's outline is that of its fields, in every copy, and says nothing where there is more to a work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overtone.rights import outlines
from overtone.rights.registry import Work

if TYPE_CHECKING:
    from overtone.rights.shares import OwnerShare


def _work(**said: object) -> Work:
    shares = [{"party": "a", "share": "0.6"}, {"party": "b", "share": "0.3"}]
    return Work.model_validate({"title": "Song", "kind": "recording", "composition": "c", "shares": shares} | said)


def test_an_outline_is_what_claims_ask_for() -> None:
    structure, title, composition, parties = _work(disputed=True, permissions={"generation": {"default": "allow"}}).outline
    assert (title, composition, parties) == ("Song", "c", ("a", "b"))
    assert structure is not None
    assert (structure.kind, structure.word, structure.disputed) == ("recording", "allow", True)
    assert structure.shares == (600_000_000, 300_000_000)


def test_works_that_differ_in_whose_they_are_share_one_structure() -> None:
    other = _work(title="Tune", shares=[{"party": "x", "share": "0.6"}, {"party": "y", "share": "0.3"}])
    assert other.outline.structure is _work().outline.structure
    assert other.outline.structure is not _work(disputed=True).outline.structure


def test_a_likeness_is_outlined_by_the_word_about_likenesses() -> None:
    said = {"generation": {"default": "deny"}, "likeness": {"default": "allow"}}
    structure = _work(kind="likeness", composition=None, permissions=said).outline.structure
    assert structure is not None
    assert structure.word == "allow"


@pytest.mark.parametrize(
    "said",
    [
        {"permissions": {"generation": {"default": "limit", "max_share": "0.1"}}},
        {"permissions": {"generation": {"licensees": {"lab": "deny"}}}},
        {"contested": [{"party": "a", "share": "0.1"}]},
        {"shares": [{"party": "a", "share": "0.6"}, {"party": "b", "share": "0.400000001"}]},
        {"shares": [{"party": "a", "share": "0.6", "territories": ["SE"]}]},
        {"shares": [{"party": "a", "share": "0.6", "not_in": ["SE"]}]},
        {"shares": [{"party": "a", "share": "0.6", "rights": ["mechanical"]}]},
    ],
)
def test_a_work_with_more_to_it_has_no_structure(said: dict[str, object]) -> None:
    assert _work(**said).outline.structure is None


def test_a_copy_has_the_outline_of_its_own_fields() -> None:
    work = _work()
    contested: tuple[OwnerShare, ...] = work.shares[:1]
    copied = work.model_copy(update={"contested": contested, "title": "Tune"})
    assert (copied.outline.structure, copied.outline.title) == (None, "Tune")
    assert copied.model_copy(update={"contested": ()}).outline.structure is work.outline.structure
    assert work.outline == outlines.outline(vars(work))
    assert Work.model_validate(work.model_dump()) == work
