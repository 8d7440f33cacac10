"""Accrual in columns: what `accrual` says of a partition, a hundred times as fast, to the last digit.

Pages become arrays and texts places in ordered lists; records are deduplicated and grouped by sorting, shared out over works in exact
digits (`limbs`), and packed by bucket. Work is done for some buckets at a time, so memory does not grow with the shares. What outgrows
the digits raises `Outgrown`, and `accrual` does it in Python's integers: it stays the definition of what is right.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from overtone.errors import InvariantBroken
from overtone.facts import accrual, limbs
from overtone.facts.accrual import Accrued, Counts, Disclosure, StoredPage
from overtone.facts.accrual_pages import Dimensions, PagedAccrual, usage_pages
from overtone.facts.arrays import BASE, ArrayReader, Ints, Texts
from overtone.facts.duplicates import CONFLICT, DUPLICATE, STANDS, SUPERSEDED, fates
from overtone.facts.intake import counted_as
from overtone.facts.limbs import Numbers
from overtone.facts.orders import distinct, run_begins, sorted_places
from overtone.facts.splits import BAND, OUTPUT_KIND, PLAIN, SplitPart
from overtone.facts.usage import OUTPUT
from overtone.facts.usage_totals import UsageTally, UsageTotals
from overtone.facts.vocabulary import Coded, coded, identities
from overtone.facts.work_sums import Groups, Shares, shares_of, sum_by_work
from overtone.money import parse_amount
from overtone.partitions import Partition

FEW_RECORDS_MAX: Final = 200
"""Of a partition: setting the columns up takes as long as reading so many records one by one."""


class DisclosureColumns(NamedTuple):
    """Parts of disclosures as columns: subject (`output:…`), which of `kinds` (kind, model, band) it is, how many shares; works, shares.

    `whole` is what each part makes up, what is unattributed included; without it each is the one part of its subject, and makes 1e9.
    """

    subjects: Texts
    kinds: Sequence[tuple[str, str, int]]
    kind: Ints
    counts: Ints
    works: Texts
    shares: Ints
    whole: Ints | None = None


def disclosed_columns(disclosures: Mapping[str, Disclosure]) -> DisclosureColumns | None:
    """Disclosures by output id as columns."""
    if not disclosures:
        return None
    split = any(one.grounds != PLAIN for one in disclosures.values())
    parts = [
        (output, one.model, part)
        for output, one in disclosures.items()
        for part in (one.parts if split else [SplitPart(OUTPUT_KIND, one.confidence // BAND, one.shares)])
    ]
    kinds: dict[tuple[str, str, int], int] = {}
    kind = [kinds.setdefault((part.kind, model, part.band), len(kinds)) for _, model, part in parts]
    return DisclosureColumns(
        Texts([OUTPUT + output for output, _, _ in parts]),
        list(kinds),
        np.array(kind, np.int64),
        np.array([len(part.shares) for _, _, part in parts], np.int64),
        Texts([work for _, _, part in parts for work, _ in part.shares]),
        np.array([share for _, _, part in parts for _, share in part.shares], np.int64),
        np.array([sum(share for _, share in part.shares) for _, _, part in parts], np.int64) if split else None,
    )


def outputs_of(pages: Sequence[StoredPage]) -> list[str]:
    """The ids of the outputs that pages tell of, in order."""
    if _are_few(pages):
        named = {subject for page in pages for subject in page.unpacked("").records.subject}
        return sorted(subject[len(OUTPUT) :] for subject in named if subject.startswith(OUTPUT))
    columns = []
    for page in pages:
        reader = ArrayReader(page.body)
        reader.packed_texts()
        reader.array()
        columns.append(reader.packed_texts())
    subjects = coded(columns).texts.unpacked() if columns else ()
    return [subject[len(OUTPUT) :] for subject in subjects if subject.startswith(OUTPUT)]


class _Columns(NamedTuple):
    """The records of all live pages, in order of arrival."""

    batch: Ints
    subject: Coded
    use: Coded
    currency: Coded
    territory: Coded
    revision: Ints
    quantity: Ints
    amount: list[Ints]
    record_id: list[Ints]


def accrue_any(
    partition: Partition, pages: Sequence[StoredPage], withdrawn: Iterable[str], disclosures: Mapping[str, Disclosure], buckets: int
) -> PagedAccrual:
    """The pages of a usage partition's accruals, whatever the size of the figures; raises `InvariantBroken`."""
    gone = set(withdrawn)
    if not _are_few(pages):
        try:
            return accrue(partition, pages, gone, disclosed_columns(disclosures), buckets)
        except (limbs.Outgrown, OverflowError):
            pass
    one_by_one = accrual.accrue(partition, [page.unpacked(partition.scope) for page in pages], gone, disclosures)
    return PagedAccrual(one_by_one, usage_pages(one_by_one.rows, buckets), len(one_by_one.rows))


def _are_few(pages: Sequence[StoredPage]) -> bool:
    return sum(page.records for page in pages) <= FEW_RECORDS_MAX


def accrue(
    partition: Partition, pages: Iterable[StoredPage], withdrawn: Iterable[str], disclosed: DisclosureColumns | None, buckets: int
) -> PagedAccrual:
    """As `accrue_any`; raises `Outgrown` for figures that the arrays cannot hold."""
    gone, ordered = set(withdrawn), sorted(pages, key=lambda page: page[:3])
    live = [page for page in ordered if page.batch not in gone]
    batches = {counted_as(page.batch, page.number): Counts() for page in ordered}
    for page in ordered:
        if page.batch in gone:
            batches[counted_as(page.batch, page.number)].withdrawn += page.records
    if not live:
        return PagedAccrual(Accrued([], batches), {}, 0)
    names = list(dict.fromkeys(counted_as(page.batch, page.number) for page in live))
    columns, disclosed_at = _read(live, names, disclosed)
    ways = (columns.use.codes, columns.territory.codes, columns.currency.codes)
    fate = fates([columns.subject.codes, *columns.record_id], columns.revision, [columns.quantity, *columns.amount, *ways])
    shares = shares_of(columns.subject, disclosed, disclosed_at)
    accrued = _accounted(columns, fate, shares, names, batches)
    grouped = _grouped(columns, (fate == STANDS) & (columns.quantity > 0), shares)
    if grouped is None:
        return PagedAccrual(accrued, {}, 0)
    groups, reported = grouped
    summed = sum_by_work(groups, shares, buckets)
    accrued.quantity = reported.quantity
    accrued.revenue |= {currency: pico for currency, pico in reported.revenue.items() if currency}
    _check_conserved(partition, reported, summed.totals)
    return PagedAccrual(accrued, summed.pages, summed.works)


def _read(live: Sequence[StoredPage], names: Sequence[str], disclosed: DisclosureColumns | None) -> tuple[_Columns, Ints]:
    """All pages as columns, and where the disclosed subjects stand among the subjects."""
    texts: dict[str, list[Texts]] = {name: [] for name in ("record_id", "subject", "use", "revenue", "currency", "territory")}
    revision, quantity = list[Ints](), list[Ints]()
    for page in live:
        reader = ArrayReader(page.body)
        texts["record_id"].append(reader.packed_texts())
        revision.append(reader.array())
        texts["subject"].append(reader.packed_texts())
        texts["use"].append(reader.packed_texts())
        quantity.append(reader.array())
        for name in ("revenue", "currency", "territory"):
            texts[name].append(reader.packed_texts())
    place = {name: number for number, name in enumerate(names)}
    counted = np.array([place[counted_as(page.batch, page.number)] for page in live], np.int64)
    batch = np.repeat(counted, [len(column) for column in quantity])
    subjects = coded([*texts["subject"], disclosed.subjects] if disclosed else texts["subject"])
    rows = len(batch)
    columns = _Columns(
        batch,
        subjects._replace(codes=subjects.codes[:rows]),
        coded(texts["use"]),
        coded(texts["currency"]),
        coded(texts["territory"]),
        np.concatenate(revision),
        np.concatenate(quantity),
        _amounts(coded(texts["revenue"])),
        identities(texts["record_id"]),
    )
    return columns, subjects.codes[rows:]


def _amounts(revenue: Coded) -> list[Ints]:
    """Each record's revenue in 1e-12, as digits."""
    pico = limbs.digits([parse_amount(text) if text else 0 for text in revenue.texts.unpacked()])
    return [digit[revenue.codes] for digit in pico]


def _accounted(columns: _Columns, fate: NDArray[np.uint8], shares: Shares, names: Sequence[str], batches: dict[str, Counts]) -> Accrued:
    """What became of every record, by batch."""
    present = np.flatnonzero(np.bincount(columns.subject.codes, minlength=columns.subject.size))
    waits = np.zeros(columns.subject.size, bool)
    waits[present] = shares.undisclosed(present)
    waiting = (fate == STANDS) & waits[columns.subject.codes]
    outcomes = CONFLICT + 2
    outcome = np.where(waiting, CONFLICT + 1, fate)
    table = np.bincount(columns.batch * outcomes + outcome, minlength=outcomes * len(names)).reshape(-1, outcomes).tolist()
    for name, row in zip(names, table, strict=True):
        batches[name].add(Counts(row[STANDS], row[DUPLICATE], row[SUPERSEDED], 0, row[CONFLICT + 1], row[CONFLICT]))
    voided = int(((columns.quantity == 0) & (fate == STANDS)).sum())
    texts = columns.subject.texts
    subjects = set(texts.at(present))
    undisclosed = set(texts.at(np.flatnonzero(waits)))
    return Accrued([], batches, voided, subjects, undisclosed)


def _grouped(columns: _Columns, counts: NDArray[np.bool_], shares: Shares) -> tuple[Groups, UsageTotals] | None:
    """Quantity and revenue by part of a subject, use, territory and currency, in order of part, and what was reported; `None`: nothing."""
    rows = np.flatnonzero(counts)
    if not rows.size:
        return None
    sizes = (columns.territory.size, columns.currency.size)
    way = (columns.use.codes[rows] * sizes[0] + columns.territory.codes[rows]) * sizes[1] + columns.currency.codes[rows]
    ways = columns.use.size * sizes[0] * sizes[1]
    if columns.subject.size * ways >= 2**62:
        raise limbs.Outgrown(f"{columns.subject.size} subjects in {ways} ways outgrow 62 bits")
    key = columns.subject.codes[rows] * ways + way
    order = sorted_places(key)
    key = key[order]
    starts = np.flatnonzero(run_begins(key))
    rows = rows[order]
    subject = key[starts] // ways
    way = key[starts] - subject * ways
    quantity = limbs.summed([columns.quantity[rows]], starts)
    revenue = limbs.checked(limbs.summed([digit[rows] for digit in columns.amount], starts))
    reported = _reported(columns, way, quantity, revenue)
    place, part = shares.parts(subject)
    if shares.owner is not None:
        order = sorted_places(part)
        place, part = place[order], part[order]
        quantity, revenue, way = [limb[place] for limb in quantity], [limb[place] for limb in revenue], way[place]
    used, dimension = distinct(shares.kind[part] * ways + way)
    named = [_dimensions(columns, shares, *divmod(place, ways)) for place in used.tolist()]
    ordered = sorted(range(len(named)), key=named.__getitem__)
    rank = np.empty(len(ordered), np.int64)
    rank[np.array(ordered, np.int64)] = np.arange(len(ordered))
    return Groups(part, rank[dimension], [named[place] for place in ordered], quantity, revenue), reported


def _reported(columns: _Columns, way: Ints, quantity: Sequence[Ints], revenue: Sequence[Ints]) -> UsageTotals:
    """What the groups come to, each counted once."""
    used, currency = distinct(way % columns.currency.size)
    tally = UsageTally([("", "", "", "", name) for name in columns.currency.texts.at(used)])
    tally.add(currency, Numbers(quantity), Numbers(revenue))
    return tally.totals()


def _dimensions(columns: _Columns, shares: Shares, kind: int, way: int) -> Dimensions:
    """What entries of a kind of subject and a way of use are told apart by, in the order of `UsageEntry`."""
    rest, currency = divmod(way, columns.currency.size)
    use, territory = divmod(rest, columns.territory.size)
    name, model, band = shares.kinds[kind]
    place = np.array([use, territory, currency])
    texts = [
        column.texts.at(place[number : number + 1])[0] for number, column in enumerate((columns.use, columns.territory, columns.currency))
    ]
    return (name, model, *texts, band)


def _check_conserved(partition: Partition, reported: UsageTotals, attributed: UsageTotals) -> None:
    """Raise `InvariantBroken` unless the entries hold exactly the quantity, and the revenue in each currency, that was reported."""
    due = {currency: pico * BASE for currency, pico in reported.revenue.items()}
    if attributed.quantity != reported.quantity * BASE or attributed.revenue != due or not attributed.are_alike:
        raise InvariantBroken("conserved", f"{partition}: reported {reported}, attributed {attributed}")
