"""A payee's second statement with every part that a statement can have, and a reason of every kind for what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overtone.lines import SUSPENSE
from overtone.money import NANO
from overtone.payout.adjustments import Adjustment
from overtone.payout.fx import Rates
from overtone.payout.movements import PaysOn
from overtone.rights.registry import Work
from overtone.rights.versions import Entity, Version
from overtone.scales import Nano, Pico
from overtone.settlement.breaches import Breach
from overtone.settlement.wholes import RunWorks, WholeKey, Wholes
from tests.unit.settled import Settlement, line, party, usd

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from overtone.lines import Line, SuspenseReason
    from overtone.rights.registry import Party

NAMES = {"w1": ["isrc:w1", "iswc:T0345246801"], "w2": ["isrc:w2"]}
MANDATE = {"society": "stim", "rights": ["recording"], "uses": ["output"], "admin_fee": "0.1", "cultural_deduction": "0.05"}


def wholes(month: str, pool: str, *, version: int, tier: int) -> Wholes:
    """What the deals of a month shared."""
    sums = {
        WholeKey(month, "pool", "revenue_pool", "", "USD"): usd(pool),
        WholeKey(month, "train", "training_run", "v1", "USD"): usd("100"),
        WholeKey(month, "fee", "licence_fee", "", "USD"): usd("50"),
        WholeKey(month, f"levy:{month}", "levy", "", "USD"): usd("8000"),
        WholeKey(month, "floor", "minimum_guarantee", "", "USD"): usd("20"),
        WholeKey(month, "sold", "buyout", "", "USD"): usd("70"),
        WholeKey(month, "unclaimed", "liquidation", "", "USD"): usd("9"),
    }
    return Wholes(
        sums,
        runs={(month, "songfox", "v1"): RunWorks(1, 35)},
        versions={(month, "plays"): version, (month, "pool"): 1},
        tiers={(month, "plays", "direct_play"): tier},
    )


def works(ids: Collection[str]) -> Mapping[str, Entity[Work]]:
    """A register in which all waiting works are Åsa's."""
    song = Work.model_validate({"title": "Vals", "kind": "recording", "shares": [{"party": "asa", "share": "1"}]})
    return {name: Entity(name, "asa", (Version(1, "0001-01-01", "2026-09-01T00:00:00Z", "asa", song),)) for name in ids}


def waits(settlement_id: str, amount: str, reason: SuspenseReason, **says: Any) -> Line:
    """Money that waits."""
    return line("", usd(amount), settlement_id=settlement_id, account=SUSPENSE, reason=reason, title="Vals", **says)


def of_month(settlement_id: str, month: str, plays: int, rate: str, pool: str) -> list[Line]:
    """What every month brings, more or less of it."""
    about: dict[str, Any] = {"settlement_id": settlement_id, "month": month}
    return [
        line("asa", Pico(usd(rate) * plays), deal="plays", mechanism="direct_play", quantity=plays * NANO, title="Midnattssol", **about),
        line("asa", usd(pool), deal="pool", mechanism="revenue_pool", title="Midnattssol", **about),
        line("asa", usd("5"), deal="train", mechanism="training_run", title="Midnattssol", **about),
        line("asa", usd("3"), deal="train", mechanism="training_run", title="Vinter", work="w2", **about),
        line("asa", usd("2"), deal=f"levy:{month}", mechanism="levy", title="Vinter", work="w2", **about),
        line("asa", usd("4"), deal="fee", mechanism="licence_fee", title="Vinter", work="w2", **about),
    ]


def known(language: str = "en") -> dict[str, Party]:
    """The parties."""
    asa = party("Åsa Öberg", payout={"currency": "EUR"}, withholding_rate="0.3", reserve={"rate": "0.2", "periods": 2}, mandates=[MANDATE])
    return {
        "asa": asa.model_copy(update={"language": language}),
        "stim": party("STIM", kind="society"),
        "songfox": party("Songfox Inc", kind="licensee"),
    }


def settled(language: str = "en") -> Settlement:
    """The second of two settlements; the first is its `before`."""
    parties = known(language)
    rates = Rates.parse({"rates": [{"from": "USD", "to": "EUR", "rate": "0.9", "source": "ECB 2026-10-30"}]})
    paying = PaysOn(deals={"late": True})
    first = [
        *of_month("s0", "2026-09", 100, "0.10", "10"),
        line("asa", usd("20"), settlement_id="s0", month="2026-09", deal="adv", mechanism="advance", work="", title=""),
        line("asa", usd("7"), settlement_id="s0", month="2026-09", deal="sold", mechanism="buyout"),
        line("asa", usd("20"), settlement_id="s0", month="2026-09", deal="adv", mechanism="per_output", model="v0"),
        *(waits("s0", "6", "fraud_hold", month="2026-09"), waits("s0", "2", "disputed", month="2026-09")),
        waits("s0", "3", "denied_use", month="2026-09"),
    ]
    before = Settlement(
        first, parties, settlement_id="s0", through="2026-09", cutoff="2026-10-05T00:00:00.000000Z", rates=rates, works=works,
        wholes=wholes("2026-09", "200", version=1, tier=1), called=NAMES,
    )  # fmt: skip
    more = [
        *of_month("s1", "2026-10", 150, "0.12", "20"),
        line("asa", usd("1"), deal="new", mechanism="per_output", title="Vinter", work="w2"),
        line("asa", usd("1"), deal="floor", mechanism="minimum_guarantee", title="Vinter", work="w2"),
        line("asa", usd("1"), deal="unclaimed", mechanism="liquidation", title="Vinter", work="w2"),
        line("asa", usd("5"), deal="late", mechanism="micro_royalty", title="Midnattssol", side="composition"),
        line("asa", usd("-1.5"), month="2026-09", adjusts="s0", title="Midnattssol"),
        line("asa", 0, shadow=usd("4"), work="w2", deal="deal-2", title="Vinter"),
        line("stim", usd("100"), member="asa", work="w3", title="Vår"),
        waits("s1", "-4", "fraud_hold", month="2026-09")._replace(adjusts="s0"),
    ]
    breach = Breach(
        *("denied_use", "training", "songfox", "v1", "isrc:w1", "w1", "Midnattssol", "recording", "asa", "2026-10", "2026-10-04", "run:r1"),
        *(Nano(NANO), Nano(0), usd("3"), "USD", "allowed"),
    )
    by_hand = Adjustment("a-1", "asa", "USD", usd("0.5"), "Skrivfel")
    return Settlement(
        more, parties, before=before, rates=rates, works=works, breaches=[breach], facts=[by_hand], pays_on=paying,
        wholes=wholes("2026-10", "300", version=2, tier=2), called=NAMES,
    )  # fmt: skip
