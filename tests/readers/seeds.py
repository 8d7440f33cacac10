"""Small valid inputs of every reader: where fuzzing starts, and what every target takes."""

from __future__ import annotations

import gzip
import json
from typing import Final

from overtone.formats.bank.pain001 import message_id
from overtone.formats.open_permissions import Said, cawg, rsl
from overtone.rights.registry import Permission
from tests import bwarm_feed
from tests.cwr_lines import TUNE, transmission
from tests.unit.dsr_files import head, row, summary
from tests.unit.test_camt053 import details, entry, statement
from tests.unit.test_cdd import Objection, notification
from tests.unit.test_cloudevents import event
from tests.unit.test_tabular import HEADER

RECORD: Final = {"record_id": "r", "subject": "output:a", "use": "stream", "used_on": "2026-10-01", "quantity": 1, "territory": "SE"}
_CSV: Final = f"{HEADER}\nr-1,output:a,stream,2026-10-01,1,SE,,\n".encode()
_LINE: Final = json.dumps(RECORD).encode() + b"\n"
_DSR: Final = "\n".join(
    [
        head("BasicAudioProfile", "1.4"),
        summary("SY02.04", usages=3, revenue=1),
        row("AS02.04", BlockId=1, ResourceReference="R", DspResourceId="D", ISRC="SEABC2600001"),
        row("SU02.03", BlockId=1, SummaryRecordId=1, TransactedResource="R", Usages=3, IsRoyaltyBearing="true"),
        "FOOT\t5\t5\t1\t1\t1\n",
    ]
).encode()
_WORKS: Final = b"work_id,title,kind\nw-1,Song,recording\n"
_FILE: Final = f"<OrgnlMsgId>{message_id('2026-10', 'EUR')}</OrgnlMsgId><GrpSts>RJCT</GrpSts>"
_PAIN: Final = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
    f"<OrgnlGrpInfAndSts>{_FILE}</OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
).encode()
_FEED: Final = bwarm_feed.feed(
    {
        "musicalworks.tsv": [bwarm_feed.work("W1", "SONG")],
        "parties.tsv": [bwarm_feed.party("P1", "Party")],
        "musicalworkrightshares.tsv": [bwarm_feed.share(1, "W1", "P1", "100")],
    }
)
SEEDS: Final[dict[str, bytes]] = {
    "usage.csv": _CSV,
    "usage.tsv": _CSV.replace(b",", b"\t"),
    "usage.ndjson": _LINE,
    "usage.dsr.tsv": _DSR,
    "POST application/json": json.dumps({"batch_id": "b", "records": [RECORD]}).encode(),
    "POST application/x-ndjson": _LINE,
    "POST text/csv": _CSV,
    "POST text/tab-separated-values": _CSV.replace(b",", b"\t"),
    "POST application/cloudevents-batch+json": json.dumps([event()]).encode(),
    "POST application/cloudevents+json": json.dumps(event()).encode(),
    "usage.csv of another encoding": _CSV.decode().encode("utf-16"),
    "cwr": transmission(TUNE),
    "works.csv": _WORKS,
    "dropped works.csv": _WORKS,
    "dropped works.cwr": transmission(TUNE),
    "bwarm.zip": _FEED,
    "bwarm tables": bwarm_feed.table("musicalworkrightshares.tsv", [bwarm_feed.share(1, "W1", "P1", "100")]),
    "cdd": notification(Objection("D1", "L1", "too many"), Objection("D2", "L2", "x", ("a", "b"))).encode(),
    "camt.053": statement(entry(details(text="Invoice 00000012"))),
    "pain.002": _PAIN,
    "answers.csv": b"payment_id,status,reason\nOT1,executed,\n",
    "members.csv": b"party,name,kind\nann,Ann,creator\n",
    "opening.csv": b"party,currency,balance,periods\nann,EUR,10.00,2\n",
    "mapping": json.dumps({"columns": {"a": "record_id"}, "constants": {"use": "stream"}, "others": "ignore"}).encode(),
    "rsl": rsl([Said("https://a.example/w", Permission(default="allow"))]).encode(),
    "cawg": json.dumps(cawg(Permission(default="allow"))).encode(),
    "POST gzip text/csv": gzip.compress(_CSV, mtime=0),
    "POST gzip application/x-ndjson": gzip.compress(_LINE, mtime=0),
    "usage.csv.gz": gzip.compress(_CSV, mtime=0),
    "usage.ndjson.gz": gzip.compress(_LINE, mtime=0),
    "gzip": gzip.compress(_CSV),
}
