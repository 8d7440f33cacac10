"""Reads repertoires: the works that a deal's licensor can license, for what a deal owes over them as such, whatever was used."""

from collections.abc import Collection, Sequence
from functools import cache

from overtone.partitions import bucket_of
from overtone.settlement.mandates import SOCIETY_DEPTH_MAX
from overtone.settlement.plan import Plan, latest_runs
from overtone.settlement.pricing_facts import Repertoire
from overtone.settlement.snapshot import ActiveDeal
from overtone.settlement.work_month import training_entries
from overtone.stores import registry as registry_store
from overtone.stores.month_facts import rows_of_run


def of_deals(plan: Plan, deals: Sequence[ActiveDeal]) -> dict[tuple[str, int], list[Repertoire]]:
    """The works that each deal's licensor, or its members, ever had a share in, weighted by training, by deal and version."""
    found: dict[tuple[str, int], list[Repertoire]] = {}
    represented, works_of = cache(_represented), cache(registry_store.works_of)  # deals have licensors, and these members, in common
    for active in deals:
        if (active.deal_id, active.version) in found:
            continue
        ids = sorted({work for party in represented(active.deal.licensor or "") for work in works_of(party)})
        weighed = any(getattr(term.terms, "split", "") == "weight" for term in active.terms)
        weights = _weights(plan, ids, active) if weighed else {}
        found[active.deal_id, active.version] = [Repertoire(work_id, weights.get(work_id, 0)) for work_id in ids]
    return found


def _represented(licensor: str) -> list[str]:
    """A licensor and everybody whose mandates lead or led to it, also through other societies."""
    found, societies = {licensor}, [licensor]
    for _ in range(SOCIETY_DEPTH_MAX):
        fresh = {member for society in societies for member in registry_store.members(society)} - found
        found |= fresh
        parties = registry_store.parties(sorted(fresh))
        societies = [name for name, party in sorted(parties.items()) if any(v.content.kind == "society" for v in party.versions)]
    return sorted(found)


def _weights(plan: Plan, work_ids: Sequence[str], active: ActiveDeal) -> dict[str, int]:
    """Each work's weight in the licensee's latest training runs as of the deal's first day."""
    runs = [run for run in latest_runs(plan.runs, active.deal.from_) if run.licensee == active.deal.licensee]
    named: dict[int, dict[str, list[str]]] = {}
    for work_id, naming in registry_store.keys_naming(registry_store.works(work_ids).values(), plan.cutoff).items():
        for key in naming:
            named.setdefault(bucket_of(key, plan.buckets), {}).setdefault(key, []).append(work_id)
    weights: dict[str, int] = {}
    for bucket, works in named.items():
        for row in (row for run in runs for row in rows_of_run(plan, run, bucket, works)):
            for work_id in works[row.work_key]:
                weights[work_id] = weights.get(work_id, 0) + sum(entry.weight for entry in training_entries(row))
    return weights


def keys_leading_to(work_ids: Collection[str], plan: Plan) -> set[str]:
    """Every key under which these works, or as compositions their recordings, can have been used, as far as the plan knows."""
    works = registry_store.works(sorted(work_ids))
    written = (name for name, work in works.items() if any(version.content.kind == "composition" for version in work.versions))
    recordings = {recording for name in sorted(written) for recording in registry_store.recordings_of(name)}
    every = works | registry_store.works(sorted(recordings - set(works)))
    return set().union(*registry_store.keys_naming(every.values(), plan.cutoff).values())
