"""CWR that we write is CWR that we read: acknowledgements of imports, and a party's works as registrations."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from overtone.formats.cwr import export as cwr_export
from overtone.formats.cwr import transmission as cwr
from overtone.formats.cwr.fields import Refusal
from overtone.formats.cwr.reply import reply
from overtone.formats.cwr.writer import TransmissionHeader
from overtone.formats.works import registrations as works_cwr
from overtone.formats.works.drafts import DraftResult
from overtone.money import NANO, format_share
from overtone.rights.registry import Party, Work
from overtone.rights.shares import RIGHTS, OwnerShare, greatest, held, places
from overtone.rights.versions import Entity, Version
from overtone.scales import Nano
from tests.cwr_lines import ANNA, PUB, TUNE, person, transmission, work

SENT = TransmissionHeader("20261126080000")
PARTIES = {
    "uni": Party(name="Uni", kind="publisher", country="SE", ipi=PUB),
    "other": Party(name="Other Music", kind="publisher", country="SE"),
    "anna": Party(name="Anna Söderberg", kind="creator", country="SE", ipi=ANNA),
    "bo": Party(name="Бо", kind="creator", country="SE"),
}


HOLDERS = {f"ipi:{PUB}": "uni", f"ipi:{ANNA}": "anna"}


def owned(stated: list[dict[str, Any]]) -> tuple[OwnerShare, ...]:
    return Work.model_validate({"title": "T", "kind": "composition", "shares": stated}).shares


def entity(shares: dict[str, str], /, work_id: str = "uni-TU~2F1", versions: int = 1, **more: object) -> Entity[Work]:
    stated = {"shares": [{"party": p, "share": s} for p, s in shares.items()]} | more
    content = Work.model_validate({"title": "Små grodorna", "kind": "composition"} | stated)
    made = tuple(Version(n + 1, "0001-01-01", "2026-01-01T00:00:00.000000Z", "uni", content) for n in range(versions))
    return Entity(work_id, "uni", made)


def test_a_reply_says_what_became_of_each_registration_and_echoes_it() -> None:
    bad = work("NWR", "2", "BAD", person("SWR", "W1", "A", (5_000, 0, 0)))
    drafts = [works_cwr.from_cwr(registration, "uni", {}, "both") for registration in cwr.read(transmission(TUNE, bad, TUNE, TUNE)).works]
    doubtful = drafts[2]._replace(refusals=(Refusal("field", 3, "NWR", "iswc", "not an ISWC"),))
    results = [
        DraftResult(drafts[0], "registered", 1, ()),
        DraftResult(drafts[1], "refused", 0, drafts[1].refusals),
        DraftResult(doubtful, "revised", 2, doubtful.refusals),
        DraftResult(drafts[3], "refused", 0, (), conflicts=True),
    ]
    answer = cwr.read(reply(results, SENT))
    said = [(w.number, w.acknowledgement.status, w.acknowledgement.original, w.title) for w in answer.works if w.acknowledgement]
    assert said == [
        ("TU/1", "AS", "NWR 00001/00000000", "SMÅ GRODORNA"),
        ("2", "RJ", "NWR 00001/00000001", "BAD"),
        ("TU/1", "AC", "NWR 00001/00000002", "SMÅ GRODORNA"),
        ("TU/1", "CO", "NWR 00001/00000003", "SMÅ GRODORNA"),
    ]
    told = [w.acknowledgement.messages for w in answer.works if w.acknowledgement]
    assert told[1] == ("NWRT000: pr_share: ownership adds up to 50.00%, not to 100% or 0%",)
    assert answer.works[0].parties[0].shares == (2500, 5000, 5000)
    assert (answer.sender_name, answer.remarks) == ("OVERTONE", ())


def test_a_works_registration_can_be_read_back() -> None:
    exported = cwr_export.exported([entity({"uni": "0.25", "anna": "0.75"}, identifiers=["iswc:T0345246801"])], PARTIES, "uni", SENT)
    (back,) = cwr.read(exported.body).works
    assert (back.title, back.number, back.iswc, back.refusals, exported.left_out) == ("SMÅ GRODORNA", "TU/1", "T0345246801", (), {})
    draft = works_cwr.from_cwr(back, "uni", {f"ipi:{PUB}": "uni", f"ipi:{ANNA}": "anna"}, "both")
    assert (draft.work_id, draft.body["shares"]) == ("uni-TU~2F1", [{"party": "anna", "share": "0.75"}, {"party": "uni", "share": "0.25"}])


def test_names_beyond_latin_1_make_the_file_utf_8() -> None:
    exported = cwr_export.exported([entity({"bo": "1"}, versions=2)], PARTIES, "uni", SENT._replace(version="2.2"))
    sent = cwr.read(exported.body)
    assert (sent.version, sent.works[0].header.kind, sent.works[0].parties[0].name, sent.remarks) == ("2.2", "REV", "БО", ())


def test_what_cwr_cannot_say_is_left_out_and_named() -> None:
    works = [
        entity({"uni": "0.76", "anna": "0.24"}, "a"),
        entity({}, "b"),
        entity({"uni": "0.7", "anna": "0.7"}, "c"),
        entity({"uni": "0.75", "anna": "0.25"}, "d"),
    ]
    exported = cwr_export.exported(works, PARTIES, "uni", SENT)
    assert (exported.works, sorted(exported.left_out)) == (1, ["a", "b", "c"])
    assert not cwr.read(exported.body).works[0].is_refused


@given(st.dictionaries(st.sampled_from(list(PARTIES)), st.integers(1, 10_000), min_size=1), st.booleans())
def test_shares_survive_the_way_out_and_in(weights: dict[str, int], is_whole: bool) -> None:  # noqa: FBT001
    total = max(10_000, sum(weights.values())) if not is_whole else sum(weights.values())
    parts = {party: weight * NANO // total for party, weight in weights.items()}
    work = entity({party: format_share(Nano(part)) for party, part in parts.items() if part})
    exported = cwr_export.exported([work], PARTIES, "uni", SENT)
    if exported.left_out:
        return
    (back,) = cwr.read(exported.body).works
    assert not back.is_refused
    draft = works_cwr.from_cwr(back, "x", HOLDERS, "both")
    shares = {party.removeprefix("x-ip-"): share for party, share in greatest(owned(draft.body["shares"])).items()}
    assert all(abs(shares.get(party, 0) - part) <= 100_000 for party, part in parts.items())
    assert abs(sum(shares.values()) - sum(parts.values())) <= 100_000


SCOPES = st.sampled_from(
    [
        {},
        {},
        {"rights": ["performance"]},
        {"rights": ["mechanical"]},
        {"territories": ["SE", "NO"]},
        {"not_in": ["SE"]},
        {"not_in": ["US", "SE"]},
    ]
)


@given(st.lists(st.tuples(st.sampled_from(sorted(PARTIES)), st.integers(1, 4), SCOPES), min_size=1, max_size=6))
def test_shares_of_territories_and_rights_survive_too(drawn: list[tuple[str, int, dict[str, Any]]]) -> None:
    """Where CWR can say them: each party holds the same in each territory and right after the way out and in."""
    apart = {(party, str(scope)): {"party": party, "share": f"0.{share}25"} | scope for party, share, scope in drawn}
    work = entity({}, shares=list(apart.values()))
    exported = cwr_export.exported([work], PARTIES, "uni", SENT)
    if exported.left_out:
        return
    (back,) = cwr.read(exported.body).works
    assert not back.is_refused
    after, before = owned(works_cwr.from_cwr(back, "x", HOLDERS, "both").body["shares"]), work.latest.content.shares
    for place in places(before, after):
        for right in RIGHTS:
            there = {party.removeprefix("x-ip-"): share for party, share in held(after, place, right).items()}
            meant = held(before, place, right)
            if any(share.limited for share in before):
                assert all(abs(there.get(party, 0) - meant.get(party, 0)) <= 100_000 for party in meant.keys() | there.keys())


def test_a_sub_publisher_goes_out_as_what_it_collects() -> None:
    stated = [
        {"party": "anna", "share": "0.5"},
        {"party": "uni", "share": "0.5", "not_in": ["SE"]},
        {"party": "other", "share": "0.5", "territories": ["SE"]},
    ]
    (back,) = cwr.read(cwr_export.exported([entity({}, shares=stated)], PARTIES, "uni", SENT).body).works
    said = {party.name: [(c.tis, c.included, c.shares[0]) for c in party.collections] for party in back.parties}
    assert said == {
        "OTHER MUSIC": [(2136, False, 0), (752, True, 5000)],
        "UNI": [(2136, True, 5000), (752, False, 0)],
        "ANNA SÖDERBERG": [(2136, True, 5000), (752, True, 5000)],
    }
