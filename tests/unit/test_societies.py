"""Members of societies, and how the price of a song is cut before it reaches its writer."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from overtone.mechanisms.levy import distribution, leaves, shared_out
from overtone.money import NANO, PICO, format_amount, parse_amount
from overtone.payout.directory import Directory
from overtone.payout.societies import deduct, mandate_for, shares
from overtone.payout.statement import Statement
from overtone.rights.registry import Mandate
from overtone.scales import Pico
from tests.unit.settled import CUTOFF, Settlement, line, party, registered, usd


def mandate(**changes: object) -> Mandate:
    content = {"society": "stim", "rights": ["recording"], "uses": ["output"], "admin_fee": "0.1", "cultural_deduction": "0.05"}
    return Mandate.model_validate(content | changes)


def in_cents(pico: int) -> Decimal:
    return Decimal(format_amount(Pico(pico))).quantize(Decimal("0.01"))


def test_the_song_s_part_of_a_hundred_dollars_reaches_its_writers_as_dima_shows() -> None:
    """Golden case 3: song 13.31, its performance part 6.67; the writers get 7.11."""
    writer = [
        {"fraction": "0.15", "party": "manager"},
        {"fraction": "0.05", "party": "lawyer"},
        {"fraction": "0.05", "party": "business-manager"},
        {"fraction": "0.75", "party": "writers"},
    ]
    mechanical = [{"fraction": "0.25", "party": "publisher"}, {"fraction": "0.75", "children": writer}]
    performance = [{"fraction": "0.1", "party": "pro"}, {"fraction": "0.9", "children": mechanical}]
    tree = distribution({"children": [{"fraction": "667/1331", "children": performance}, {"fraction": "664/1331", "children": mechanical}]})
    parts = shared_out(parse_amount("13.31"), tree)
    got: dict[str, int] = {}
    for leaf in leaves(tree):
        got[leaf.node.party or ""] = got.get(leaf.node.party or "", 0) + parts[leaf.path]
    assert got["pro"] == parse_amount("0.667")
    assert (in_cents(parts["0.0.1.0"]), in_cents(parts["0.1.0"])) == (Decimal("1.50"), Decimal("1.66"))
    assert {name: in_cents(pico) for name, pico in got.items() if name != "publisher"} == {
        "pro": Decimal("0.67"),
        "manager": Decimal("1.42"),
        "lawyer": Decimal("0.47"),
        "business-manager": Decimal("0.47"),
        "writers": Decimal("7.11"),
    }
    assert got["publisher"] == parse_amount("3.16075")
    assert got["manager"] == parse_amount("1.4223375")
    assert got["writers"] == parse_amount("7.1116875")
    assert sum(got.values()) == parse_amount("13.31")


@given(st.integers(-(10**20), 10**20), st.integers(0, NANO), st.integers(0, NANO))
def test_fee_deduction_and_net_make_up_the_gross(gross: int, fee: int, cultural: int) -> None:
    given_rates = mandate().model_copy(update={"admin_fee": fee, "cultural_deduction": min(cultural, NANO - fee)})
    assert sum(deduct(Pico(gross), given_rates)) == gross
    assert tuple(-part for part in deduct(Pico(gross), given_rates)) == deduct(Pico(-gross), given_rates)


def test_a_member_without_a_mandate_on_record_gets_the_gross() -> None:
    assert deduct(Pico(PICO), None) == (0, 0, PICO)
    assert mandate_for((), "recording", "per_output") is None


def test_the_mandate_that_fits_side_and_use_decides() -> None:
    outputs, training = mandate(), mandate(uses=["training"], admin_fee="0.02")
    other, composition = mandate(society="gema"), mandate(rights=["composition"], admin_fee="0.03")
    member = party().model_copy(update={"mandates": (other, composition, outputs, training)})
    known = Directory({"asa": registered("asa", member)}, CUTOFF)
    given = known.mandates("asa", "stim", "2026-10")
    assert given == (composition, outputs, training)
    assert mandate_for(given, "recording", "per_output") == outputs
    assert mandate_for(given, "recording", "training_run") == training
    assert mandate_for(given, "composition", "per_output") == composition
    assert mandate_for(known.mandates("asa", "gema", "2026-10"), "recording", "buyout") == other
    assert known.mandates("asa", "sacem", "2026-10") == known.mandates("bo", "stim", "2026-10") == ()


def test_no_mandate_for_a_use_is_no_reason_to_take_another_one_s_rate() -> None:
    """A training fee that came through a society before it was told of training: nothing may be kept of it under the play mandate."""
    plays = mandate(uses=["play"], admin_fee="0.25")
    assert mandate_for((plays,), "recording", "training_run") is None
    assert mandate_for((plays,), "composition", "direct_play") is None
    assert mandate_for((plays,), "recording", "direct_play") == plays


def test_a_mandate_counts_for_the_months_in_which_it_was_given() -> None:
    member = party().model_copy(update={"mandates": (mandate(),)})
    left = party("Åsa Öberg").model_copy(update={"mandates": (mandate(admin_fee="0.2"),)})
    known = Directory({"asa": registered("asa", member, left)}, CUTOFF)
    assert [str(m.admin_fee) for month in ("2026-09", "2026-10", "2026-11") for m in known.mandates("asa", "stim", month)] == [
        "100000000",
        "100000000",
        "200000000",
    ]
    assert known.name("asa") == "Åsa Öberg"
    assert known.name("bo") == "bo"


def test_lines_of_one_member_work_month_deal_and_mechanism_are_one_row_rounded_once() -> None:
    lines = [line("stim", 5, member="asa", quantity=1), line("stim", 5, member="asa")]
    lines.append(line("stim", usd("1"), member="bo"))
    known = Directory({"asa": registered("asa", party(mandates=[mandate().model_dump(mode="json")]))}, CUTOFF)
    found = list(shares("stim", lines, known))
    assert [(share.member_id, share.gross, share.admin_fee, share.net) for share in found] == [
        ("asa", 10, 1, 9),
        ("bo", usd("1"), 0, usd("1")),
    ]


def test_what_a_society_collected_for_several_models_is_said_to_be_of_none_of_them() -> None:
    """Its rows sum over models; the statement named the last of them for all of the money, and the last month's title for each month."""
    lines = [
        line("stim", usd("100"), member="asa", model="v1", title="Vals"),
        line("stim", usd("50"), member="asa", model="v2", title="Vals"),
        line("stim", usd("7"), member="asa", model="v2", title="Valsen", month="2026-09"),
        line("stim", 0, member="asa", model="v3", month="2026-09", shadow=usd("1")),
    ]
    settlement = Settlement(lines, {"asa": party(mandates=[mandate().model_dump(mode="json")]), "songfox": party("Fox", kind="licensee")})
    told = [(one.title, one.gross, one.model, one.heading) for one in Statement.parse(settlement.files["statements/asa.json"]).collected]
    assert told == [("Valsen", "7", "v2", "Music made with v2 by Fox"), ("Vals", "150", "", "Music made with AI models by Fox")]
