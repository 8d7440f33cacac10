"""From checked usage to what is stored: partitions, pages, and the receipt."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from overtone.errors import Fault, Rejected, TooLarge
from overtone.facts import cells, pages
from overtone.facts.limits import BATCH_PAGES_MAX, BATCH_PARTITIONS_MAX, BATCH_RECORDS_MAX, DROP_KEY_BYTES_MAX, DROP_TRANSACTION_BYTES_MAX
from overtone.facts.sheets import Checked, Sheet
from overtone.facts.usage import Records
from overtone.identifiers import slug
from overtone.partitions import Partition, spread

USAGE: Final = "usage"
TRAINING: Final = "training"
ATTRIBUTION: Final = "attribution"
WITHDRAWAL: Final = "withdrawal"
OUTPUTS: Final = "outputs"
"""The kind of a partition of which the work is to tell others what was disclosed, one for each way of outputs."""
VOID_PAGE_FIRST: Final = 5_000
"""The number of a batch's first page of voids in a partition; a batch has at most `BATCH_PAGES_MAX` of records."""
VOIDS_MARK: Final = "#"
"""Behind a batch's stored id, what its voids are counted under: they are none of its records."""
REVENUE: Final = "revenue"
LEVY: Final = "levy"
LEVIES: Final = "levies"
"""Under whose name levies are kept: their ids are global, whoever deposits them."""
_REVISION: Final = re.compile(r"~r\d+\Z", re.ASCII)
_DROP_MARK: Final = "#"
STORED_MARK: Final = "/"
"""Stands in the stored ids of dropped files' batches alone."""


class Submission(NamedTuple):
    """A batch as a format's reader understood it. `reporter` is what the body says, if it says so."""

    batch_id: str
    sheet: Sheet
    atomic: bool = False
    reporter: str | None = None


class Accounted(Protocol):
    """What a check of a batch or of a report says of its records."""

    @property
    def accepted(self) -> int: ...

    @property
    def received(self) -> int: ...

    @property
    def faults(self) -> Sequence[Fault]: ...


class IntakePage(NamedTuple):
    """A page to be stored: `number` counts within (partition, batch). `voids` says that it voids what the batch's records replace."""

    partition: Partition
    number: int
    records: int
    body: bytes
    voids: bool = False


def withdrawal_of(kind: str) -> str:
    """The kind of the fact that takes one of `kind` back."""
    return WITHDRAWAL if kind == USAGE else f"{kind}-{WITHDRAWAL}"


def whole_id(kind: str, stored: str) -> str:
    """The id that all revisions of a report share; of what has no revisions of one id, its own."""
    return _REVISION.sub("", stored) if kind in {REVENUE, LEVY} else stored


def stored_id(batch_id: str) -> str:
    """A batch id as keys hold it: `#` separates the parts of a key, and only ids of dropped files contain one."""
    name, mark, number = batch_id.partition(_DROP_MARK)
    return f"{slug(name)}{STORED_MARK}{slug(number)}" if mark else slug(name)


def shown_id(stored: str) -> str:
    """The inverse of `stored_id`."""
    return stored.replace(STORED_MARK, _DROP_MARK)


def counted_as(batch: str, page_number: int) -> str:
    """What a page's rows are counted under: the stored id of their batch, and of voids that with a mark."""
    return f"{batch}{VOIDS_MARK}" if page_number >= VOID_PAGE_FIRST else batch


def check_size(records: int) -> None:
    """Refuse an empty batch and one beyond `BATCH_RECORDS_MAX`."""
    if not records:
        raise Rejected("the batch has no records; send at least one", [Fault("send at least one record", "records")])
    if records > BATCH_RECORDS_MAX:
        raise TooLarge(f"{records} records exceed the {BATCH_RECORDS_MAX} of one batch; send several, or one file to the S3 drop")


def refuse_bad(checked: Accounted, *, atomic: bool) -> None:
    """Raise `Rejected` where nothing of the batch is to be kept."""
    if checked.accepted == checked.received or (checked.accepted and not atomic):
        return
    bad = checked.received - checked.accepted
    why = "the batch is atomic" if checked.accepted else "none is good"
    raise Rejected(
        f"{bad} of {checked.received} records are at fault and {why}: nothing was kept; correct them and send the batch again",
        checked.faults,
    )


def partitioned(records: Records, reporter: str, shards: Callable[[str], int]) -> Mapping[Partition, Records]:
    """The records of each usage partition, by the shards that are in force on each usage day."""
    ways = {day: shards(day) for day in set(records.used_on)}
    if len(ways) == 1 and set(ways.values()) == {1}:
        return {Partition(USAGE, reporter, records.used_on[0], 0): records}
    pairs = list(zip(records.used_on, records.subject, strict=True))
    place = {pair: Partition(USAGE, reporter, pair[0], spread(pair[1], ways[pair[0]])) for pair in set(pairs)}
    rows: dict[Partition, list[int]] = {}
    for row, pair in enumerate(pairs):
        rows.setdefault(place[pair], []).append(row)
    return {partition: records.rows(rows[partition]) for partition in sorted(rows)}


def pages_of(checked: Checked, reporter: str, shards: Callable[[str], int]) -> list[IntakePage]:
    """The pages of a batch's good records in order of partition, then those of what they void."""
    made = _pages(partitioned(checked.records, reporter, shards), 0)
    return made + _pages(partitioned(checked.voids, reporter, shards), VOID_PAGE_FIRST) if checked.voids else made


def _pages(parts: Mapping[Partition, Records], first: int) -> list[IntakePage]:
    return [
        IntakePage(partition, number, count, body, voids=bool(first))
        for partition, part in parts.items()
        for number, (count, body) in enumerate(pages.cut(part), start=first)
    ]


def paged(checked: Checked, reporter: str, shards: Callable[[str], int]) -> list[IntakePage]:
    """The pages of a batch; raises `TooLarge` naming the limit that one transaction sets."""
    made = pages_of(checked, reporter, shards)
    if (touched := len({page.partition for page in made})) > BATCH_PARTITIONS_MAX:
        raise TooLarge(
            f"the batch touches {touched} partitions (days times shards), more than {BATCH_PARTITIONS_MAX}; send fewer days at a time"
        )
    check_pages(made)
    return made


def grouped(made: Sequence[IntakePage]) -> list[list[IntakePage]]:
    """Pages in as few groups as one transaction each can take, in order; a partition's pages of one group are numbered from 0.

    A group gives no partition more than its key takes in a second.
    """
    groups: list[list[IntakePage]] = []
    size, given = DROP_TRANSACTION_BYTES_MAX, dict[Partition, int]()
    for page in made:
        body = len(page.body)
        full = size + body > DROP_TRANSACTION_BYTES_MAX or len(groups[-1]) == BATCH_PARTITIONS_MAX
        if full or given.get(page.partition, -body) + body > DROP_KEY_BYTES_MAX:
            groups.append([])
            size, given = 0, {}
        before = [other.number for other in groups[-1] if other.partition == page.partition and other.voids == page.voids]
        number = before[-1] + 1 if before else VOID_PAGE_FIRST * page.voids
        groups[-1].append(page._replace(number=number))
        size, given[page.partition] = size + body, given.get(page.partition, 0) + body
    return groups


def check_pages(made: Sequence[IntakePage]) -> None:
    """Refuse more pages than one transaction takes."""
    if len(made) > BATCH_PAGES_MAX:
        raise TooLarge(f"the batch needs {len(made)} pages, more than {BATCH_PAGES_MAX}; send fewer records at a time")


def shown_rounding(found: Mapping[str, Sequence[Any]]) -> dict[str, object]:
    """What a receipt says of rounding: by currency, how many records' revenue was rounded, and what that added; nothing of none."""
    told = [{"currency": name, "records": records, "difference": str(added)} for name, (records, added) in sorted(found.items())]
    return {"rounded": told} if told else {}


class IntakeOutcome(NamedTuple):
    """What became of the records of a batch or report; `replaced` are earlier ones that it takes back, `rounded` as it is shown."""

    received: int
    accepted: int
    faults: Sequence[Fault] = ()
    replaced: int = 0
    rounded: Mapping[str, object] = {}


def receipt(about: Mapping[str, object], outcome: IntakeOutcome, digest: str, accepted_at: str) -> dict[str, Any]:
    """What is answered of records that are kept; `about` says what they came as, and whose they are."""
    return {
        **about,
        "status": "committed",
        "received": outcome.received,
        "accepted": outcome.accepted,
        **({"replaced": outcome.replaced} if outcome.replaced else {}),
        "rejected": [fault.to_json() for fault in outcome.faults],
        **outcome.rounded,
        "digest": digest,
        "accepted_at": accepted_at,
    }


def outcome_of(checked: Checked) -> IntakeOutcome:
    """What becomes of a batch of usage as it was checked."""
    rounded = shown_rounding({name: (records, cells.plain(added)) for name, (records, added) in checked.rounded.items()})
    replaced = len(checked.voids.record_id) if checked.voids else 0
    return IntakeOutcome(checked.received, checked.accepted, checked.faults, replaced, rounded)
