"""Disclosures, owners of outputs, training manifests, sketches, completeness."""

from itertools import permutations
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.api.answers import receipts
from overtone.errors import Rejected
from overtone.facts import disclosure, outputs, segments, training
from overtone.facts.completeness import Declaration, Received, missing
from overtone.facts.disclosure import Method, OutputShares
from overtone.facts.limits import EVIDENCE_URI_LENGTH_MAX, OUTPUT_SHARES_MAX, SKETCH_SUBJECTS_MAX
from overtone.facts.outputs import OutputDisclosure
from overtone.facts.reports import AttributionReport, TrainingRun
from overtone.facts.sketches import Sketch, fingerprint
from overtone.facts.training import RunIdentity
from overtone.fields import Model, validated
from overtone.money import NANO
from overtone.partitions import RUN_SHARD_WORKS, Partition
from overtone.scales import ZERO_NANO, Nano, Pico

METHOD = Method("m1", "sureel", "2.1")


@pytest.mark.parametrize("model", ["v1|rc2", "=1+1", "", "a model", "m" * 129])
@pytest.mark.parametrize("body", [AttributionReport, TrainingRun])
def test_a_model_is_named_like_an_id(body: type[Model], model: str) -> None:
    about = {"report_id": "r", "method": "sureel", "method_version": "1", "records": []} if body is AttributionReport else {"run_id": "r"}
    more = {} if body is AttributionReport else {"trained_on": "2026-10-01", "works": []}
    validated(body, about | more | {"model": "fox-v1.2"}, "report")
    with pytest.raises(Rejected) as refused:
        validated(body, about | more | {"model": model}, "report")
    assert [fault.field for fault in refused.value.faults] == ["model"]


def sent(**changed: Any) -> dict[str, Any]:
    shares = [{"work": "ISRC:SE-ABC-26-00001", "share": "0.31"}, {"work": "iswc:T-034.524.680-1", "share": "0.12"}]
    return {"output_id": "gen-1", "revision": 0, "confidence": "0.92", "shares": shares} | changed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"output_id": "gen 1"}, "output_id"),
        ({"output_id": 7}, "output_id"),
        ({"confidence": 0.92}, "confidence"),
        ({"confidence": "1.1"}, "confidence"),
        ({"revision": -1}, "revision"),
        ({"extra": 1}, "extra"),
        ({"shares": None}, "shares"),
        ({"shares": [{"work": "work:a", "share": "0.5"}] * 2}, "shares.1.work"),
        ({"shares": [{"work": "iswc:T0345246802", "share": "0.5"}]}, "shares.0.work"),
        ({"shares": [{"work": "work:a", "share": 0.5}]}, "shares.0.share"),
        ({"shares": [{"work": ["work:a"], "share": "0.5"}]}, "shares.0.work"),
        ({"shares": [{"work": "work:a"}]}, "shares.0"),
        ({"shares": [{"work": f"work:{n}", "share": "0.5"} for n in range(3)]}, "shares"),
        ({"shares": [{"work": f"work:{n}", "share": "0"} for n in range(OUTPUT_SHARES_MAX + 1)]}, "shares"),
        ({"basis": "apart"}, "basis"),
        ({"basis": ["together"]}, "basis"),
        ({"basis": {}}, "basis"),
        ({"basis": "by_side", "shares": [{"work": "work:a", "share": "0.5"}]}, "shares.0.side"),
        ({"shares": [{"work": "isrc:SEABC2600001", "share": "0.5", "side": "composition"}]}, "shares.0.side"),
        ({"basis": "by_side", "shares": [{"work": f"work:{n}", "share": "0.6", "side": "recording"} for n in range(2)]}, "shares"),
        ({"shares": [{"work": "work:a", "share": "0.5", "confidence": 0.3}]}, "shares.0.confidence"),
        ({"evidence": "https://lab.example/1"}, "evidence"),
        ({"evidence": {"uri": "no uri", "sha256": "a" * 64}}, "evidence.uri"),
        ({"evidence": {"uri": f"x:{'a' * (EVIDENCE_URI_LENGTH_MAX - 1)}", "sha256": "a" * 64}}, "evidence.uri"),
        ({"evidence": {"uri": "https://lab.example/1", "sha256": "A" * 64}}, "evidence.sha256"),
    ],
)
def test_a_fault_in_one_disclosure_leaves_the_others(change: dict[str, Any], field: str) -> None:
    checked = disclosure.check([sent(output_id="gen-0"), sent(**change), sent(output_id="gen-2")])
    assert ([r.output_id for r in checked.records], checked.received) == (["gen-0", "gen-2"], 3)
    assert [(fault.index, fault.field) for fault in checked.faults] == [(1, field)]


def test_each_side_is_a_whole_of_its_own_and_what_is_said_of_it_comes_back() -> None:
    shares = [
        {"work": "isrc:SEABC2600001", "share": "1", "confidence": "0.4"},
        {"work": "iswc:T0345246801", "share": "0.9"},
        {"work": "work:a", "share": "0.1", "side": "composition"},
    ]
    evidence = {"uri": f"x:{'a' * (EVIDENCE_URI_LENGTH_MAX - 2)}", "sha256": "a" * 64}
    row = sent(shares=shares, basis="by_side", evidence=evidence)
    (record,) = disclosure.check([row]).records
    assert record.to_json() == row
    assert row.keys() <= get_type_hints(receipts.DisclosedOutput).keys()
    assert {name for share in shares for name in share} <= get_type_hints(receipts.WorkShare).keys()
    assert disclosure.decode(disclosure.encode(METHOD, [record])) == (METHOD, [record])
    assert disclosure.digest(METHOD, [row]) != disclosure.digest(METHOD, [sent(shares=shares, basis="by_side")])


def test_an_output_may_name_as_many_works_as_the_limit() -> None:
    checked = disclosure.check([sent(shares=[{"work": f"work:{n}", "share": "0.001"} for n in range(OUTPUT_SHARES_MAX)])])
    assert (len(checked.records[0].shares), checked.faults) == (OUTPUT_SHARES_MAX, [])


def test_a_disclosure_stated_twice_is_a_fault() -> None:
    assert [fault.index for fault in disclosure.check([sent(), sent(), sent(revision=1)]).faults] == [1]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3), st.lists(st.integers(0, NANO), max_size=4)), min_size=1, max_size=20))
def test_pages_of_disclosures_give_them_back(drawn: list[Any]) -> None:
    records = [
        OutputShares(f"gen-{n}", revision, Nano(NANO // 3), tuple((f"work:{i}", share // 5) for i, share in enumerate(shares)))
        for n, revision, shares in drawn
    ]
    read = []
    for page in disclosure.paged(METHOD, records, "fox", "a-1"):
        method, part = disclosure.decode(page.body)
        assert method == METHOD
        read += part
    assert sorted(read) == sorted(records)


@given(
    st.lists(
        st.tuples(st.sampled_from(["fox", "hare"]), st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_who_owns_an_output_does_not_depend_on_the_order_of_indexing(drawn: list[tuple[str, int, int, int]]) -> None:
    history = [
        OutputDisclosure(licensee, f"{licensee}-{report}", f"2026-10-0{at + 1}", METHOD, OutputShares("gen-1", revision, ZERO_NANO, ()))
        for licensee, report, at, revision in drawn
    ]
    expected = outputs.current_of(history)
    for order in permutations(history):
        assert outputs.current_of(order) == expected


def test_a_manifest_is_taken_whole_or_not_at_all() -> None:
    part = training.check([{"work": "work:b", "weight": "3.5"}, {"work": "isrc:SEABC2600001"}])
    assert part == (["isrc:SEABC2600001", "work:b"], [NANO, 3_500_000_000])
    rows = [{"work": "work:b"}, {"work": "work:b"}, {"work": "work:c", "weight": 1.5}, {"work": "x:c"}, {"work": "work:d", "x": 1}, 7]
    with pytest.raises(Rejected) as refused:
        training.check(rows)
    assert [(fault.index, fault.field) for fault in refused.value.faults] == [(1, "work"), (2, "weight"), (3, "work"), (4, "x"), (5, "")]


def test_a_weight_is_a_decimal_string_or_a_whole_number() -> None:
    """Minutes and tokens are counted; a number with a fraction is no exact one."""
    counted, written = ([{"work": "work:a", "weight": weight}, {"work": "work:b", "weight": 0}] for weight in (1200, "1200"))
    assert training.check(counted) == training.check(written) == (["work:a", "work:b"], [1_200 * NANO, 0])
    for wrong in (1.0, True, -1, 10**9, None, "1,5"):
        with pytest.raises(Rejected):
            training.check([{"work": "work:a", "weight": wrong}])


@pytest.mark.parametrize("works", [1, RUN_SHARD_WORKS, RUN_SHARD_WORKS + 1])
def test_a_run_is_accrued_work_by_work(works: int) -> None:
    run = RunIdentity("run-1", "m1", "2026-09-30")
    part = training.check([{"work": f"work:{n}", "weight": f"{n}.25"} for n in range(works)])
    made = training.paged(run, part, "fox")
    partitions = sorted({page.partition for page in made})
    assert len(partitions) == training.shards(works) == 1 + (works > RUN_SHARD_WORKS)
    rows = []
    for partition in partitions:
        _, found = training.accrue(partition, [page.body for page in made if page.partition == partition])
        rows += found
    assert [(row.work_key, row.entries[0][-1]) for row in rows] == list(zip(part.works, part.weights, strict=True))
    assert {row.entries[0][:3] for row in rows} == {("2026-09-30", "m1", "run-1")}


def test_a_sketch_never_denies_what_it_holds() -> None:
    names = [f"output:gen-{n}" for n in range(1000)]
    sketch = Sketch.decode(Sketch.of(names).encode())
    assert all(sketch.may_hold(frozenset({fingerprint(name)})) for name in names)
    assert not sketch.may_hold(frozenset({fingerprint("output:other")}))
    assert not Sketch.decode(Sketch.of([]).encode()).may_hold(frozenset({1}))


def test_a_sketch_of_too_much_holds_everything() -> None:
    full = Sketch.of(map(str, range(SKETCH_SUBJECTS_MAX + 1)))
    assert Sketch.of(map(str, range(SKETCH_SUBJECTS_MAX))).prints is not None
    assert full.prints is None
    assert Sketch.decode(full.encode()).may_hold(frozenset({1}))


def test_completeness_counts_what_lacks_and_never_what_is_over() -> None:
    declared = Declaration.model_validate({"month": "2026-10", "batches": 3, "records": 10, "revenue": {"USD": "1.5", "SEK": "2"}})
    assert missing(declared, Received(2, 12, {"USD": Pico(10**12)})) == {"batches": 1, "revenue": {"SEK": "2", "USD": "0.5"}}
    assert missing(declared, Received(3, 10, {"USD": Pico(15 * 10**11), "SEK": Pico(2 * 10**12)})) == {}


def test_partitions_of_a_report_are_ways_of_its_outputs() -> None:
    records = [OutputShares(f"gen-{n}", 0, ZERO_NANO, ()) for n in range(200)]
    made = disclosure.paged(METHOD, records, "fox", "a-1")
    assert {page.partition._replace(shard=0) for page in made} == {Partition("attribution", "fox", "a-1", 0)}


@given(st.data())
def test_a_withdrawn_report_is_as_if_it_had_never_been_sent(data: st.DataObject) -> None:
    """Whatever else was disclosed of the output, before or after, by whomever; taken out twice, nothing more changes."""
    drawn = data.draw(
        st.lists(st.tuples(st.sampled_from(["fox", "hare"]), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=6, unique=True)
    )
    claims = [
        OutputDisclosure(licensee, f"{licensee}-{number}", f"2026-10-0{at + 1}", METHOD, OutputShares("gen-1", at, ZERO_NANO, ()))
        for number, (licensee, at, _) in enumerate(drawn)
    ]
    gone = data.draw(st.sampled_from(claims))
    rest = [claimed for claimed in claims if claimed != gone]
    kept = list(segments.joined([segments.in_order(claims)], {(gone.licensee, gone.report)}))
    assert kept == segments.in_order(rest)
    assert list(segments.joined([kept], {(gone.licensee, gone.report)})) == kept
    assert not rest or outputs.current_of(kept) == outputs.current_of(rest)
