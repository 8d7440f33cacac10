"""Clearing works for a licensee: the question and the answer are a fact that training runs cite and breaches are held against."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from overtone import clock
from overtone.aws.attributes import Item
from overtone.errors import Conflict, Rejected
from overtone.facts.events import PartyEvent, events_for
from overtone.mechanisms.shape import Use
from overtone.settlement import clearance
from overtone.settlement.claims import Resolver
from overtone.settlement.clearance import ClearanceRequest, ClearedWork
from overtone.settlement.snapshot import Snapshot
from overtone.stores import clearances as store
from overtone.stores import facts as fact_store
from overtone.stores import month_facts, registry, training_runs

CHUNK_WORKS: Final = 2_000
"""Works that are looked up together."""
WORKERS: Final = 8
OWNERS_TOLD_MAX: Final = 5_000
"""Owners that one clearance tells of their works; of more, those with the most works."""


def clear(sent: ClearanceRequest, licensee: str) -> tuple[Item, list[ClearedWork] | None]:
    """Answer for every work, once; the kept clearance, and its answers where they were made just now.

    Raises `Conflict` where the id was used for another question, `Rejected`, `TooLarge`.
    """
    works = clearance.keys_of(sent.works)
    asked = clearance.asked_digest(sent, licensee, works)
    if known := same(licensee, sent.clearance_id, asked):
        tell_again(known)
        return known, None
    fact_store.party_of(licensee, "licensee")
    now = clock.timestamp()
    owners: Counter[str] = Counter()
    found = list(standings(works, clearance.use_of(sent, licensee), now, owners))
    texts = clearance.lines(found)
    digest = clearance.digest(asked, texts)
    files = [store.keep_file(licensee, sent.clearance_id, digest, 1, texts)]
    about = {"use": sent.use, "day": sent.day, "model": sent.model or "", "asked": asked}
    item = item_of(licensee, sent.clearance_id, now) | about | {"digest": digest, "counts": clearance.counted(found), "files": files}
    kept = keep(item, owners)
    return kept, found if kept is item else None


def item_of(licensee: str, clearance_id: str, now: str) -> Item:
    return {"clearance_id": clearance_id, "licensee": licensee, "accepted_at": now}


def same(licensee: str, clearance_id: str, asked: str) -> Item | None:
    known = store.find(licensee, clearance_id)
    return _same(known, asked) if known is not None else None


def keep(item: Item, owners: Counter[str]) -> Item:
    """Keep a clearance and tell the owners; the one that was kept meanwhile, where it asked the same. Raises `Conflict`."""
    return _same(store.keep(item, news(item, owners)), item["asked"])


def _same(known: Item, asked: str) -> Item:
    if known["asked"] != asked:
        raise Conflict(f"clearance {known['clearance_id']!r} answered another question before; ask under a new id")
    return known


def news(item: Item, owners: Counter[str]) -> list[PartyEvent]:
    about = {"clearance_id": item["clearance_id"], "licensee": item["licensee"], "use": item["use"], "day": item["day"]}
    return [
        event
        for party, works in owners.most_common(OWNERS_TOLD_MAX)
        if party != item["licensee"]
        for event in events_for("clearance.made", item["accepted_at"], [party], works=works, **about)
    ]


def tell_again(item: Item) -> None:
    """Owners that are too many for the clearance's own transaction may not have been told when it was kept."""
    store.tell(news(item, owners_of(store.lines(item))))


def owners_of(answers: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """In how many of the works everybody has a share, as the versions say that the answers rest on."""
    stated = [(answer["work_id"], answer["work_version"]) for answer in answers if "work_id" in answer]
    chunks = [stated[start : start + CHUNK_WORKS] for start in range(0, len(stated), CHUNK_WORKS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        return Counter(party for held in pool.map(registry.holders, chunks) for parties in held for party in sorted(parties))


def standings(
    works: Sequence[str], use: Use, now: str, owners: Counter[str], indexed: Iterable[Item] | None = None
) -> Iterator[ClearedWork]:
    """The standing of each work as of now, looked up in chunks; `owners` counts the works of everybody who has a share in one.

    `indexed` is the index of runs, where it was read before.
    """
    deals, runs = registry.deals(), training_runs.run_headers(now, indexed)
    chunks = [works[start : start + CHUNK_WORKS] for start in range(0, len(works), CHUNK_WORKS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        for found, held in pool.map(
            lambda chunk: _chunk(chunk, use, lambda works: month_facts.snapshot_at(now, works, deals, runs)), chunks
        ):
            owners.update(held)
            yield from found


def _chunk(works: Sequence[str], use: Use, snapshot: Callable[[Sequence[str]], Snapshot]) -> tuple[list[ClearedWork], Counter[str]]:
    resolver = Resolver(snapshot(works))
    found = list(clearance.answers(resolver, works, use))
    held: Counter[str] = Counter()
    for answer in found:
        work = resolver.snapshot.work(answer.work_id, use.day) if answer.work_id else None
        held.update(sorted({share.party for share in work.work.shares}) if work else ())
    return found, held


# --- what training runs say of it


def cited(licensee: str, clearance_id: str) -> Item:
    """The clearance that a training run names; raises `Rejected` where there is none of this licensee for training."""
    found = store.find(licensee, clearance_id)
    if found is None or found["use"] != "training":
        raise Rejected.at(
            "clearance_id",
            f"{licensee} has no clearance {clearance_id!r} for training; ask for one with POST /v1/clearances, or leave it out",
        )
    return found


def counts_of_run(works: Sequence[str], licensee: str, model: str, day: str, indexed: Iterable[Item] | None = None) -> dict[str, int]:
    """How the works of a run stand on the day of the run, as is known now. `indexed` is the index of runs, where it was read before."""
    use = Use("training", licensee, day, licensee, model=model)
    return clearance.counted(standings(works, use, clock.timestamp(), Counter(), indexed))


# --- what breaches say of it


def words(item: Item, works: Iterable[str], otherwise: str = "not asked for") -> dict[str, str]:
    """What a clearance had said of these works; `otherwise` of those that it was not asked for."""
    wanted, found = set(works), {}
    for line in store.lines(item):
        if line["work"] in wanted:
            under = f" under version {line['work_version']}" if "work_version" in line else ""
            found[line["work"]] = f"{item['clearance_id']}: {line['standing']}{under}"
    unasked = f"{item['clearance_id']}: {otherwise}" if otherwise else ""
    return {work: found.get(work, unasked) for work in wanted}


def head(item: Item) -> dict[str, Any]:
    """A clearance without its answers."""
    names = ("clearance_id", "licensee", "use", "day", "model", "counts", "digest", "accepted_at")
    return {name: item[name] for name in names if item[name] != ""} | {"files": len(item["files"])}


def shown(item: Item, answers: Iterable[ClearedWork] | None = None) -> dict[str, Any]:
    """A clearance as it is answered; with the answers where they are few enough."""
    said = head(item)
    if sum(said["counts"].values()) > clearance.LISTED_MAX:
        return said
    return said | {"works": [answer.to_json() for answer in answers] if answers is not None else list(store.lines(item))}
