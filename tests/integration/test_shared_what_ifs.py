"""What a payee would have earned: her own line of what finance shares, and nothing of anybody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.scenario import FINANCE
from tests.integration.test_what_ifs import PATCH, done, get, moved, post, settled
from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

__all__ = ["settled"]
SHARED = "/v1/shared-what-ifs"


def act(stack: Stack, what_if_id: str, verb: str, party: str | None = None) -> Response:
    scope = "statements.read" if party else FINANCE
    return stack.http("POST", f"/v1/what-ifs/{what_if_id}:{verb}", party=party, scope=scope)


def test_a_payee_sees_its_own_line_of_what_is_shared(settled: Stack) -> None:
    result = done(settled, "more", PATCH, title="Twice the rate", about="One deal pays twice as much.")
    assert get(settled, SHARED, "ann").json() == {"items": [], "next_cursor": None}
    assert get(settled, f"{SHARED}/more", "ann").status == 404, "not shared yet"
    assert act(settled, "more", "share", "ann").status == 403
    assert act(settled, "more", "share").json()["shared_at"]
    listed = get(settled, SHARED, "ann").json()["items"]
    assert listed == [
        {"what_if_id": "more", "shared_at": listed[0]["shared_at"], "title": "Twice the rate", "about": "One deal pays twice as much."}
        | {"months": ["2026-10"]}
    ]
    hers = get(settled, f"{SHARED}/more", "ann").json()
    assert [(row["currency"], row["difference"]) for row in hers["amounts"]] == [("EUR", moved(result)["ann"])]
    told = get(settled, f"{SHARED}/more", "ann").text
    assert all(other not in told for other in ("stim", "fox", "requested_by"))
    assert get(settled, f"{SHARED}/more?party_id=stim", "ann").status == 403
    assert get(settled, f"{SHARED}/more?party_id=stim").json()["party_id"] == "stim"
    assert get(settled, f"{SHARED}/more", "nobody-at-all").json()["amounts"] == []
    assert act(settled, "more", "unshare").status == 200
    assert get(settled, f"{SHARED}/more", "ann").status == 404


def test_what_is_not_done_or_a_partys_own_is_not_shared(settled: Stack) -> None:
    assert post(settled, "running", PATCH).status == 202
    assert act(settled, "running", "share").status == 409
    settled.drain()
    assert act(settled, "running", "share").status == 200
    done(settled, "hers", PATCH, "ann")
    assert act(settled, "hers", "share").status == 404, "a party's what-ifs are its own"


def test_a_step_that_stalls_until_its_answer_is_shared_takes_nothing_back(settled: Stack) -> None:
    """A second try had ended it, and finance had shared it: the first one wrote the record as it was before."""
    shared = list[str]()

    def others(_count: int) -> None:
        if not shared and any(key.endswith("/what-ifs/-/more/001/emitted.json") for key in settled.objects("SettlementBucket")):
            owner = next(item["owner"] for item in settled.items("LedgerTable") if item["pk"] == "WHATIFS")
            path = "what-ifs/-/more"
            settled.invoke("Settlement", {"step": "seal", "settlement_id": path, "request": {"what_if": path}, "owner": owner})
            shared.append(act(settled, "more", "share").json()["shared_at"])

    with before_each_write(settled, "Settlement", others):
        done(settled, "more", PATCH)
    assert get(settled, "/v1/what-ifs/more").json()["shared_at"] == shared[0]
    assert get(settled, f"{SHARED}/more", "ann").status == 200
