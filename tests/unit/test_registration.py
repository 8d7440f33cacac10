"""Who may register what: the rules alone, without a table."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Conflict, Forbidden, Rejected, TooLarge
from overtone.fields import Model
from overtone.rights import registration
from overtone.rights.registration import Actor, next_version, submission
from overtone.rights.versions import Entity, Version
from tests.unit.registered import ADMIN, ANN, AT, BOB, FINANCE, entity, fields_of, party

LATER = "2026-10-02T00:00:00.000000Z"


# --- bodies and versions


def test_an_answer_can_be_sent_back_changed() -> None:
    answer = {
        "title": "x",
        "id": "w",
        "version": 3,
        "recorded_at": AT,
        "author": "ann",
        "warnings": [],
        "effective_from": "2026-01-01",
        "owner": "ann",
    }
    assert submission("w", answer) == ({"title": "x"}, "2026-01-01", "ann", 3)
    assert submission("w", {"title": "x"}) == ({"title": "x"}, None, None, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], None),
        ("x", None),
        ({"id": "other"}, "id"),
        ({"version": "1"}, "version"),
        ({"version": True}, "version"),
        ({"effective_from": "tomorrow"}, "effective_from"),
        ({"effective_from": 20260101}, "effective_from"),
        ({"owner": "a/b"}, "owner"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body: object, field: str | None) -> None:
    with pytest.raises(Rejected) as error:
        submission("w", body)
    assert fields_of(error) == ([field] if field else [])


def following(before: Entity[Any] | None, content: Model, body: dict[str, object], recorded_at: str = LATER) -> Version[Any] | None:
    return next_version(before, content, submission("ann", body), first_day="0001-01-01", author="ann", recorded_at=recorded_at)


def test_the_first_version_is_in_force_from_the_beginning_and_the_next_from_the_day_it_is_recorded() -> None:
    first = following(None, party(), {}, AT)
    assert first is not None
    assert (first.number, first.effective_from) == (1, "0001-01-01")
    second = following(entity(party()), party(name="Anna"), {})
    assert second is not None
    assert (second.number, second.effective_from, second.recorded_at) == (2, "2026-10-02", LATER)


def test_an_explicit_day_always_wins_also_in_the_past() -> None:
    for before in (None, entity(party())):
        version = following(before, party(name="Anna"), {"effective_from": "2020-02-29"})
        assert version is not None
        assert version.effective_from == "2020-02-29"


def test_the_same_again_is_no_new_version() -> None:
    assert following(entity(party()), party(), {}) is None
    assert following(entity(party()), party(), {"effective_from": "0001-01-01"}) is None
    assert following(entity(party()), party(), {"effective_from": "2026-01-01"}) is not None


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused() -> None:
    assert following(entity(party()), party(name="Anna"), {"version": 1}) is not None
    with pytest.raises(Conflict):
        following(entity(party()), party(name="Anna"), {"version": 2})
    with pytest.raises(Conflict):
        following(None, party(), {"version": 1})


def test_time_of_recording_never_runs_backwards() -> None:
    version = following(entity(party()), party(name="Anna"), {}, "2025-01-01T00:00:00.000000Z")
    assert version is not None
    assert version.recorded_at == AT


def test_the_last_version_that_is_kept_and_one_more() -> None:
    versions = tuple(Version(n, "0001-01-01", AT, "ann", party(name=f"{n}")) for n in range(1, registration.VERSIONS_MAX))
    last = following(Entity("ann", "ann", versions), party(name="last"), {})
    assert last is not None
    assert last.number == registration.VERSIONS_MAX
    with pytest.raises(TooLarge):
        following(Entity("ann", "ann", (*versions, last)), party(name="one more"), {})


# --- parties


def test_a_party_puts_itself_and_an_admin_anybody() -> None:
    for actor in (ANN, ADMIN):
        registration.allow_party(actor, "ann", party(), None, LATER[:10])
        registration.allow_party(actor, "ann", party(name="Anna"), entity(party()), LATER[:10])
    for actor in (BOB, FINANCE, Actor("")):
        with pytest.raises(Forbidden):
            registration.allow_party(actor, "ann", party(), None, LATER[:10])
    with pytest.raises(Forbidden):
        registration.allow_party(BOB, "ann", party(), entity(party()), LATER[:10])


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "society"), ("on_hold", True), ("withholding_rate", "0.3"), ("completeness", "required")]
)
def test_a_party_does_not_change_what_governs_it(field: str, value: object) -> None:
    new = party(**{field: value})
    with pytest.raises(Forbidden) as error:
        registration.allow_party(ANN, "ann", new, entity(party()), LATER[:10])
    assert fields_of(error) == [field]
    registration.allow_party(ADMIN, "ann", new, entity(party()), LATER[:10])
    registration.allow_party(ANN, "ann", new, entity(new), LATER[:10])


def test_finance_holds_a_party_but_does_not_send_its_money_elsewhere() -> None:
    registration.allow_party(FINANCE, "ann", party(on_hold=True, withholding_rate="0.3"), entity(party()), LATER[:10])
    for change in ({"payout": {"currency": "SEK"}}, {"kind": "label"}):
        with pytest.raises(Forbidden):
            registration.allow_party(FINANCE, "ann", party(**change), entity(party()), LATER[:10])


def test_mandates_name_registered_societies() -> None:
    mandate = {"rights": ["recording"], "uses": ["play"]}
    new = party(mandates=[mandate | {"society": name} for name in ("stim", "nobody", "bob", "ann")], attribution_providers=["sureel"])
    with pytest.raises(Rejected) as error:
        registration.check_party("ann", new, {"stim": party(kind="society"), "bob": party()}, {})
    assert fields_of(error) == ["mandates.1.society", "mandates.2.society", "mandates.3.society", "attribution_providers.0"]


def test_an_ipi_names_one_party() -> None:
    with pytest.raises(Conflict) as error:
        registration.check_party("ann", party(ipi="00130046332"), {}, {"ipi:00130046332": "bob"})
    assert fields_of(error) == ["ipi"]
    assert "bob" in error.value.detail


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef"), max_size=3)))
def test_mandates_never_lead_back(graph: dict[str, set[str]]) -> None:
    mandates: dict[str, set[str]] = {}
    for name, societies in graph.items():
        new = party(mandates=[{"society": s, "rights": ["recording"], "uses": ["play"]} for s in sorted(societies)])
        leads_back = name in societies or any(name in _reached(society, mandates) for society in societies)
        if leads_back:
            with pytest.raises(Rejected):
                registration.check_no_cycle(name, new, lambda society: mandates.get(society, set()))
        else:
            registration.check_no_cycle(name, new, lambda society: mandates.get(society, set()))
            mandates[name] = societies
    assert not any(name in _reached(name, mandates) for name in mandates)


def _reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    trail = [start]
    while trail:
        for after in graph.get(trail.pop(), set()) - seen:
            seen.add(after)
            trail.append(after)
    return seen


def test_a_chain_of_societies_ends_at_the_limit() -> None:
    def chain(length: int) -> None:
        first = party(mandates=[{"society": "1", "rights": ["recording"], "uses": ["play"]}])
        registration.check_no_cycle("0", first, lambda s: [str(int(s) + 1)] if int(s) < length else [])

    chain(registration.MANDATE_CHAIN_MAX - 1)
    with pytest.raises(Rejected):
        chain(registration.MANDATE_CHAIN_MAX)


def test_shards_change_two_days_ahead_and_no_earlier() -> None:
    registration.check_shards(party(shards=4), None, "0001-01-01", "2026-10-01")
    registration.check_shards(party(shards=4), entity(party()), "2026-10-03", "2026-10-01")
    registration.check_shards(party(name="Anna"), entity(party()), "2026-10-01", "2026-10-01")
    for day in ("2026-10-02", "2026-10-01", "2020-01-01"):
        with pytest.raises(Rejected) as error:
            registration.check_shards(party(shards=4), entity(party()), day, "2026-10-01")
        assert fields_of(error) == ["shards"]


def test_a_backdated_version_keeps_the_shards_of_the_days_it_rewrites() -> None:
    versions = (Version(1, "0001-01-01", AT, "ann", party()), Version(2, "2026-11-01", AT, "ann", party(shards=4)))
    both = Entity("ann", "ann", versions)
    registration.check_shards(party(name="Anna"), both, "2026-10-01", "2026-12-01")
    registration.check_shards(party(name="Anna", shards=4), both, "2026-11-15", "2026-12-01")
    with pytest.raises(Rejected):
        registration.check_shards(party(name="Anna", shards=4), both, "2026-10-01", "2026-12-01")
    with pytest.raises(Rejected):
        registration.check_shards(party(name="Anna"), both, "2026-11-15", "2026-12-01")
