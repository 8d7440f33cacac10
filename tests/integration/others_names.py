"""What somebody drops under its own prefix to reach what is another's: by kind, files that name others' ids, or others themselves."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.cwr_lines import person, transmission, work
from tests.integration.scenario import ISRC
from tests.readers.seeds import SEEDS


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


PLAYED: Final = {"record_id": "b-1-0", "revision": 9, "subject": "output:gen-1", "use": "stream", "used_on": "2026-10-03", "quantity": 0}
MOVED: Final = PLAYED | {"used_on": "2026-10-04", "quantity": 1, "replaces": {"used_on": "2026-10-03"}}
RUN: Final = {"run_id": "run-1", "model": "fox-1", "trained_on": "2026-10-02"}
REPORT: Final = {"report_id": "rep-1", "model": "fox-1", "method": "m", "method_version": "1"}
CLAIMED: Final = {"output_id": "gen-1", "revision": 9, "confidence": "1", "shares": [{"work": ISRC, "share": "1"}]}
CLEARED: Final = {"clearance_id": "k-1", "use": "training", "day": "2026-10-01"}
THEIRS: Final[dict[str, dict[str, bytes]]] = {
    "usage": {
        "b-1.ndjson": lines(PLAYED | {"territory": "SE"}, MOVED | {"territory": "SE"}),
        "named.ndjson": lines(PLAYED | {"territory": "SE", "reporter": "fox"}),
        "b-2.csv": b"record_id,used_on,subject,use,quantity,territory,revision,reporter\nb-2-0,2026-10-03,output:gen-1,stream,0,SE,9,fox\n",
        "b-1.tsv": b"record_id\tused_on\tsubject\tuse\tquantity\tterritory\nb-1-0\t2026-10-03\toutput:gen-1\tstream\t0\tSE\n",
        "sales.dsr.tsv": SEEDS["usage.dsr.tsv"],
    },
    "training": {"run.ndjson": lines(RUN, {"work": ISRC}), "named.ndjson": lines(RUN | {"licensee": "fox"}, {"work": ISRC})},
    "attributions": {"rep.ndjson": lines(REPORT, CLAIMED), "named.ndjson": lines(REPORT | {"licensee": "fox"}, CLAIMED)},
    "clearances": {
        "k-1.ndjson": lines(CLEARED, {"work": ISRC}),
        "named.ndjson": lines(CLEARED | {"licensee": "fox"}, {"work": ISRC}),
        "k-1.csv": f"work,use,day\n{ISRC},training,2026-10-01\n".encode(),
    },
    "works": {
        "track.csv": f"work_id,title,identifiers,shares\ntrack,Mine,{ISRC},eve:1\n".encode(),
        "owned.csv": b"work_id,title,owner,shares\ntrack,Mine,ann,eve:1\n",
        "song.cwr": transmission(work("REV", "song", "MINE", person("SWR", "W1", "A", (10_000, 10_000, 10_000)))),
        "feed.bwarm.zip": SEEDS["bwarm.zip"],
    },
    "members": {
        "ours.csv": b"party,name,kind,country,rights,uses\nann,Mine,creator,SE,recording,play\n",
        "ours.ndjson": lines({"party": "bob", "name": "Mine", "rights": ["composition"], "uses": ["play"]}),
    },
}
