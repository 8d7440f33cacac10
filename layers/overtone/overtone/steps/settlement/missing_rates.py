"""A settlement that lacks rates goes on without those who need them: they are noted in its record, and it is planned again.

The note is of one request. Whoever settles next looks afresh, so a licensee stands still only while a rate is needed and not there.
"""

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from overtone.partitions import Partition
from overtone.settlement import missing_rates
from overtone.settlement.missing_rates import RATE, Lack, RatesMissing
from overtone.settlement.plan import Plan, periods_of
from overtone.stores import quarantine
from overtone.stores import registry as registry_store
from overtone.stores import settlements as settlement_store
from overtone.stores.quarantine import Aside


def stand_still(plan: Plan, owner: str, missing: RatesMissing) -> list[Aside]:
    """Note who waits for a rate, so that the next plan passes them over; answers what rings: a preview sets nothing aside.

    Raises `Rejected` for a strict settlement, and where standing still does not help.
    """
    record = settlement_store.get(plan.settlement_id)
    stuck = any(lack.licensee in plan.waiting_in(lack.month) for lack in missing.lacks)
    if record.get("strict") or stuck:
        raise missing.refused()
    noted = dict(record.get("lacking", {}))
    fresh = list[Aside]()
    for partition, lacks in groupby(sorted(missing.lacks, key=attrgetter("partition")), key=attrgetter("partition")):
        found = list(lacks)
        aside = _aside(plan, partition, found)
        noted[partition] = {"months": _months(plan, found[0]), "aside": aside.manifest_entry()}
        fresh.append(aside)
    missing.require_few(len(noted))
    settlement_store.update(plan.settlement_id, owner, lacking=noted)
    return [] if plan.preview else fresh


def _aside(plan: Plan, partition: str, lacks: list[Lack]) -> Aside:
    detail, month = missing_rates.detail_of(lacks), lacks[0].month
    if plan.preview:
        return Aside(partition, month, quarantine.NO_RATE, detail, 0, plan.cutoff, plan.cutoff, 1)
    return quarantine.add(partition, quarantine.NO_RATE, detail, records=0, month=month)


def _months(plan: Plan, lack: Lack) -> list[str]:
    contents = (version.content for deal in registry_store.deals().values() for version in deal.versions)
    periods = [periods_of(deal) for deal in contents if deal.licensee == lack.licensee]
    return missing_rates.stand_together(lack.month, (month.month for month in plan.months), frozenset().union(*periods))


def standing(record: Mapping[str, Any], month: str) -> set[str]:
    """The licensees whose money of a month stands for want of a rate."""
    return {Partition.parse(partition).reporter for partition, one in record.get("lacking", {}).items() if month in one["months"]}


def named_aside(record: settlement_store.Settlement, aside: Mapping[str, Aside]) -> list[dict[str, Any]]:
    """What the manifest names as set aside: partitions that can change the months, and the rates that this settlement was found to lack."""
    others = {one.partition: one.manifest_entry() for one in quarantine.concerning(record["through"], aside) if not is_rate(one)}
    lacking = {partition: one["aside"] for partition, one in record.get("lacking", {}).items()}
    return [told for _, told in sorted({**others, **lacking}.items())]


def is_rate(aside: Aside) -> bool:
    """Whether a rate is what is missing: that is looked at when the pools are opened."""
    return Partition.parse(aside.partition).kind == RATE


def release(record: settlement_store.Settlement) -> None:
    """Let go what a sealed settlement did without: its rate was posted, or nothing needs it any more."""
    for one in quarantine.concerning(record["through"], quarantine.everything()):
        if is_rate(one) and one.partition not in record.get("lacking", {}):
            quarantine.remove(one.partition)
