"""What a party's personal data was is nowhere in the registry after its erasure, and every figure is as before."""

import json

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import files_of, settle, usage

PERSONAL = ("Annabel", "00130046332", "0000000121032683", "SE4550000000058398257466")


def test_personal_data_goes_from_every_version_and_the_ledger_stays(stack: Stack) -> None:
    scenario.small_world(stack)
    known = {"name": "Annabel Lee", "kind": "creator", "country": "SE", "ipi": "00130046332", "isni": "0000000121032683"}
    scenario.register(stack, "parties", "ann", known | {"payout": scenario.BANK}, "ann")
    scenario.register(stack, "parties", "ann", known | {"payout": scenario.BANK | {"threshold": "5"}}, "ann")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    sealed = files_of(stack)
    assert stack.http("POST", "/v1/parties/ann:erase", party="ann", scope="registry.write").status == 403
    for _ in range(2):
        erased = stack.http("POST", "/v1/parties/ann:erase", scope="admin")
        assert (erased.status, erased.json()["versions"]) == (200, 3), erased.text
    registry = json.dumps(stack.items("RegistryTable"), default=repr)
    assert not [text for text in PERSONAL if text in registry.replace("SE4090000000071234567897", "")]
    shown = stack.http("GET", "/v1/parties/ann", scope="admin").json()
    assert (shown["name"], "payout" in shown and bool(shown["payout"])) == ("erased", False)
    usage(stack, "b-2", ("output:gen-1", "2026-11-03", 50_000))
    scenario.accrue(stack, "2026-11-12T00:00:00Z")
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert files_of(stack) == sealed, "what was sealed is evidence"
    paid = [row for row in files_of(stack, "2026-11")["payments.csv"].decode().splitlines() if row.startswith("ann,")]
    assert len(paid) == 1
    assert ",no_bank_details" in paid[0]
    assert stack.http("POST", "/v1/parties/nobody:erase", scope="admin").status == 404
