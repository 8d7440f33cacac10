"""How a reporter's files name our columns, changed while one of them is being read; and how they number rows."""

from typing import Any

import pytest

from local.stack import Stack
from overtone.steps import drops
from overtone.steps.drop_delivery import Unfinished
from tests.integration.dropping import drop, receipt, sums


def test_a_file_is_read_to_its_end_as_it_was_begun(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two deliveries of it the reporter says that its next files write quantities otherwise: 1.200 is no longer 1,200 there."""
    monkeypatch.setattr("overtone.formats.blocks.blocks.__kwdefaults__", {"size": 300})
    says = {"thousands": ".", "decimal_mark": ",", "separator": ";"}
    mapping: dict[str, Any] = {"party": "fox", "scope": "usage.write"}
    assert fox.http("PUT", "/v1/parties/fox/mapping", json=says, **mapping).status == 200
    header = "record_id;used_on;subject;use;quantity;territory"
    body = "\n".join([header, *(f"r-{i};2026-10-01;output:gen-{i};stream;1.200;SE" for i in range(40))])
    fox.put_object("DropBucket", "usage/fox/oct.csv", body.encode())
    with pytest.raises(Unfinished):
        drops.take("usage/fox/oct.csv", lambda: 0.0)
    later = says | {"thousands": "", "decimal_mark": "."}
    assert fox.http("PUT", "/v1/parties/fox/mapping", json=later, **mapping).status == 200
    fox.drain()
    given = receipt(fox, "oct.csv")
    assert (given["status"], given["accepted"], given["rejected"]) == ("committed", 40, [])
    named = (f"oct%23{number:05d}" for number in range(1, given["batches"] + 1))
    records = [row for name in named for row in fox.http("GET", f"/v1/usage/{name}/records", **mapping).json()["records"]]
    assert (len(records), {row["quantity"] for row in records}) == (40, {1200})


def test_rows_of_two_files_of_one_name_are_numbered_apart(fox: Stack) -> None:
    """The first row of the other file was taken for another word on the first row of this one, and its uses were lost."""
    mapping = {"columns": {"ISRC": "subject", "Units": "quantity"}, "row_numbers": True}
    constants = {"use": "stream", "territory": "SE", "used_on": "2026-10-01"}
    fox.http("PUT", "/v1/parties/fox/mapping", party="fox", scope="usage.write", json=mapping | {"constants": constants})
    for name, body in (("oct.csv", "ISRC,Units\nSEABC2600001,3\n"), ("oct.tsv", "ISRC\tUnits\nSEABC2600001\t4\n")):
        assert drop(fox, name, body)["accepted"] == 1
    fox.tick()
    assert sums(fox)["accrued"] == 2
