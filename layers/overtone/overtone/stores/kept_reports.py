"""What the ledger keeps of training runs, revenue and levies: longer than their receipts, so that they are still shown and taken back.

What is found is shaped as a stored receipt, without the digest, which nothing but the receipt had.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import orjson

from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.facts.intake import LEVY, REVENUE
from overtone.facts.reports import SCOPE, run_id_of
from overtone.stores import training_runs

_WITHDRAWN: Final = "WITHDRAWN"
_REVISION_MARK: Final = "#r"


class KnownRun(NamedTuple):
    """A training run by its header; `name` has its revision in it, `withdrawn_at` is "" where it was not taken back."""

    name: str
    revision: int
    receipt: Mapping[str, Any]
    withdrawn_at: str

    @property
    def run_id(self) -> str:
        """The id that all revisions of the run share."""
        return run_id_of(self.name, self.revision)

    @property
    def item(self) -> Item:
        """As a stored receipt."""
        return _item(self.name, self.receipt, self.withdrawn_at)


def runs(licensee: str, indexed: Iterable[Item] | None = None) -> list[KnownRun]:
    """Every training run of a licensee, withdrawn ones among them; of those at the same moment each may lack the other.

    `indexed` is the index of runs, where it was read before.
    """
    known = {tuple(item["sk"].split("#")): item for item in (training_runs.indexed() if indexed is None else indexed)}
    found = []
    for name, header in known.items():
        if len(name) > len(("day", "licensee", "run")) or name[1] != licensee:
            continue
        gone = known.get((*name, keys.WITHDRAWN_RUN))
        about = {"run_id": name[2], "licensee": licensee, "model": header["model"], "trained_on": name[0]}
        counted = {"status": "committed", "received": int(header["works"]), "accepted": int(header["works"]), "rejected": []}
        cited = {"clearance_id": header["clearance_id"]} if header.get("clearance_id") else {}
        receipt = {**about, **counted, "accepted_at": header.get("accepted_at", ""), **cited}
        found.append(KnownRun(name[2], int(header.get("revision", 0)), receipt, str(gone["accepted_at"]) if gone else ""))
    return found


def find(kind: str, party: str, report_id: str) -> Item | None:
    """A report of revenue or a levy by the id of its first revision, as its highest one says, or `None`."""
    table = tables.ledger()
    for month in sorted((item["sk"] for item in table.query(keys.MONTHS)), reverse=True):
        first = keys.month_fact(month, kind.upper(), *([party, ""] if kind == REVENUE else [report_id]))
        for item in table.query(first.pk, prefix=first.sk):
            if _id_of(kind, item) == report_id:
                revised = list(table.query(first.pk, prefix=item["sk"] + _REVISION_MARK))
                whose = ["REVENUE", party, report_id] if kind == REVENUE else ["LEVY", report_id]
                gone = table.get(keys.month_fact(month, _WITHDRAWN, *whose))
                highest = max([item, *revised], key=lambda one: int(one["revision"]))
                return _item(report_id, receipt_of(kind, month, highest), str(gone["accepted_at"]) if gone else "")
    return None


def _id_of(kind: str, item: Item) -> str:
    """The id that a month's fact is kept under, where it is a first revision."""
    ids = item["sk"].split("#")[1:]
    return ids[-1] if len(ids) == (len(("licensee", "currency", "id")) if kind == REVENUE else 1) else ""


def receipt_of(kind: str, month: str, item: Item) -> dict[str, Any]:
    """What is answered of a report of revenue or a levy, from what a month keeps of it."""
    about = {"month": month, "currency": item["currency"], "revision": int(item["revision"])}
    if kind == LEVY:
        said = {"levy_id": item["levy_id"], "amount": item["amount"], "distribution": orjson.loads(item["distribution"])}
    else:
        scope = {name: item.get(name) for name in SCOPE}
        said = {"report_id": item["report_id"], "net_revenue": item["net_revenue"], "subscribers": int(item["subscribers"]), **scope}
    return {**said, **about, "status": "committed", "accepted_at": item["accepted_at"]}


def _item(batch: str, receipt: Mapping[str, Any], withdrawn_at: str) -> Item:
    return {"batch": batch, "digest": "", "receipt": dict(receipt), "withdrawn_at": withdrawn_at}
