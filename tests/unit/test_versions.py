from hypothesis import given
from hypothesis import strategies as st

from overtone.rights.versions import Entity, Version, in_force

DAYS = st.dates().map(str)
INSTANTS = st.sampled_from([f"2026-01-0{d}T00:00:00.000000Z" for d in range(1, 8)])


@st.composite
def histories(draw: st.DrawFn) -> tuple[Version[int], ...]:
    recorded = sorted(draw(st.lists(INSTANTS, max_size=6)))
    return tuple(Version(n, draw(DAYS), at, "ann", n) for n, at in enumerate(recorded, start=1))


@given(histories(), DAYS, INSTANTS)
def test_the_version_in_force_started_and_was_known(versions: tuple[Version[int], ...], day: str, cutoff: str) -> None:
    found = in_force(versions, day, cutoff)
    candidates = [v for v in versions if v.effective_from <= day and v.recorded_at <= cutoff]
    if found is None:
        assert not candidates
    else:
        assert found in candidates
        assert all((v.effective_from, v.number) <= (found.effective_from, found.number) for v in candidates)


@given(histories(), DAYS, INSTANTS, DAYS)
def test_what_is_recorded_later_changes_nothing_that_was_known(
    versions: tuple[Version[int], ...], day: str, cutoff: str, later: str
) -> None:
    after = (*versions, Version(len(versions) + 1, later, "2026-02-01T00:00:00.000000Z", "ann", 0))
    assert in_force(after, day, cutoff) == in_force(versions, day, cutoff)


def test_a_later_word_on_the_same_day_wins_and_a_backdated_one_rewrites_the_past() -> None:
    first = Version(1, "2026-01-01", "2026-01-01T00:00:00.000000Z", "ann", "first")
    same_day = Version(2, "2026-01-01", "2026-01-02T00:00:00.000000Z", "ann", "same day")
    backdated = Version(3, "2025-01-01", "2026-01-03T00:00:00.000000Z", "ann", "backdated")
    versions = (first, same_day, backdated)
    now = "2026-02-01T00:00:00.000000Z"
    assert in_force(versions, "2026-01-01", now) == same_day
    assert in_force(versions, "2025-06-01", now) == backdated
    assert in_force(versions, "2025-06-01", same_day.recorded_at) is None
    assert in_force(versions, "2024-12-31", now) is None


def test_an_entity_answers_for_its_versions() -> None:
    version = Version(1, "0001-01-01", "2026-01-01T00:00:00.000000Z", "ann", "x")
    entity = Entity("w", "ann", (version,))
    assert entity.latest is version
    assert entity.in_force("2026-01-01", "2026-02-01") is version
    assert entity.in_force("2026-01-01", "2025-02-01") is None
