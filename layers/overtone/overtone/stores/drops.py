"""What is shared by all dropped files: their content as a stream, their progress, their receipts."""

import contextlib
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from overtone import clock
from overtone.aws import buckets, keys, tables
from overtone.aws.keys import Key
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.aws.transactions import Put, transact
from overtone.errors import OvertoneError
from overtone.facts.drops import NOBODY, Drop, Progress, receipt_key
from overtone.facts.intake import STORED_MARK
from overtone.facts.limits import FAULTS_LISTED_MAX
from overtone.formats.blocks import skipped, unzipped
from overtone.formats.text import UTF_8, even_ends, recoded
from overtone.stores import facts as fact_store
from overtone.stores import retention
from overtone.stores.month_facts import REPORTED, WITHDRAWN

_MEDIA_TYPE = "application/json"
_PUT_OFF = "facts#"
"""Before the name of what was put off; no batch is called so."""


def content(drop: Drop, etag: str, offset: int = 0, encoding: str = UTF_8) -> Iterator[bytes]:
    """The unpacked content from `offset` on, as UTF-8 with even line ends."""
    bucket = buckets.drop()
    if not drop.zipped and encoding == UTF_8:
        return even_ends(bucket.stream(drop.key, start=offset, etag=etag, version=drop.version))
    whole = bucket.stream(drop.key, etag=etag, version=drop.version)
    whole = unzipped(whole) if drop.zipped else whole
    return skipped(even_ends(whole if encoding == UTF_8 else recoded(whole, encoding)), offset)


def progresses(drop: Drop) -> list[Progress]:
    """How far each content that came under this name was committed."""
    items = tables.usage().query(keys.progress(drop.party, drop.name).pk, prefix="PROGRESS")
    return [Progress.from_json(fact_store.unpacked(item["progress"])) for item in items]


def keep_progress(drop: Drop, progress: Progress) -> None:
    """Remember how far the file was committed."""
    key = keys.progress(drop.party, drop.name, progress.file, progress.digest if progress.file else "")
    kept = {"progress": fact_store.packed(progress.to_json()), "expires_at": retention.derived_expiry(clock.today())}
    tables.usage().put({**key._asdict(), **kept})


def said_first(drop: Drop, progress: Progress, say: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """What was first said of the records behind the offset, whatever stands since: all deliveries commit the same, also two at once."""
    table = tables.usage()
    key = keys.unsaid_corrections(drop.party, drop.name, f"{progress.file}#{progress.digest}", progress.tries_before or 0, progress.offset)
    item = table.get(key)
    if item is None:
        item = {**key._asdict(), "said": fact_store.packed(say()), "expires_at": retention.derived_expiry(clock.today())}
        try:
            table.put(item, ABSENT)
        except ConditionFailed:
            item = table.get(key) or item
    said: Mapping[str, Any] = fact_store.unpacked(item["said"])
    return said


def batch_prefix(drop: Drop, digest: str) -> str:
    """What the batches of a content are called: the file's plain name for the first that comes, a name with its digest for the others."""
    table, key, owner = tables.usage(), keys.batch_name(drop.party, drop.name), f"{drop.text_file}#{digest}"
    try:
        table.put({**key._asdict(), "owner": owner, "expires_at": retention.derived_expiry(clock.today())}, ABSENT)
    except ConditionFailed:
        known = table.get(key) or {}
        return drop.name if known.get("owner") == owner else drop.batch_prefix(digest)
    return drop.name


def claimed(key: Key, digest: str, heirs: Collection[str]) -> bool:
    """Whether what one content of several may take is this one's, by its digest; also where one had it of which this takes the place."""
    table, item = tables.usage(), {**key._asdict(), "owner": digest, "expires_at": retention.derived_expiry(clock.today())}
    owner = (table.get(key) or {}).get("owner", "")
    if owner != digest and (not owner or owner in heirs):
        try:
            table.put(item, equals(owner=owner) if owner else ABSENT)
        except ConditionFailed:
            return False
        return True
    return bool(owner == digest)


def numbered_as(drop: Drop) -> str:
    """What the file's rows are numbered under: the plain name, or with its ending where another file had that name first."""
    known = tables.usage().get(keys.batch_name(drop.party, drop.name))
    return drop.text_file if known and known["owner"].rpartition("#")[0] != drop.text_file else drop.name


class StatedFacts(NamedTuple):
    """What a file of a report states of a month beside usage (subscribers by type, market shares), and what its batches are called.

    `created` is when the message was: one that says again what it said first is another content.
    """

    party: str
    month: str
    message: str
    created: str
    prefix: str
    facts: Sequence[Mapping[str, Any]]

    @property
    def key(self) -> Key:
        """In LedgerTable."""
        content = f"{self.created}\n{self.prefix}".encode() + fact_store.packed(list(self.facts))
        names = (hashlib.sha256(said).hexdigest() for said in (self.message.encode(), content))
        return keys.month_fact(self.month, REPORTED, self.party, *names)


def link_facts(stated: StatedFacts) -> None:
    """Let the file's batches, which come after, be known to state them."""
    link = {**keys.stated_facts(stated.party, stated.prefix)._asdict(), "facts": list(stated.key)}
    tables.usage().put(link | {"expires_at": retention.derived_expiry(clock.today())})


def keep_facts(stated: StatedFacts, batches: int) -> None:
    """Keep them, of a file of so many batches; of one message the last content of which a batch stands counts."""
    _keep_facts(stated.key, _facts_item(stated, batches))


def _facts_item(stated: StatedFacts, batches: int) -> dict[str, Any]:
    return {"message": stated.message, "facts": fact_store.packed(list(stated.facts)), "batches": batches}


def _keep_facts(key: Key, item: Mapping[str, Any]) -> None:
    with contextlib.suppress(ConditionFailed):  # this content was kept before
        transact([Put(tables.ledger(), {**key._asdict(), **item, "accepted_at": clock.timestamp()}, ABSENT)])


class ReplacedPart(NamedTuple):
    """What waits for the end of files that were created later, which are told by what their batches are called and how many.

    Either a `batch` that was made because of these, or `facts` of an older file, by their key in LedgerTable.
    """

    because: list[tuple[str, int]]
    batch: str
    key: Key | None = None
    facts: Mapping[str, Any] | None = None

    def keep(self) -> None:
        """Keep facts that were put off."""
        if self.key and self.facts:
            _keep_facts(self.key, self.facts)


def put_off_facts(stated: StatedFacts, batches: int, because: Sequence[tuple[str, int]]) -> None:
    """Keep what an older file states for when nothing of the later ones stands."""
    _link(stated.party, f"{_PUT_OFF}{stated.prefix}", because, {"key": list(stated.key), **_facts_item(stated, batches)})


def link_batch(party: str, batch: str, because: Sequence[tuple[str, int]]) -> None:
    """Before a batch is committed that stands as long as what made it necessary (voids, what was summed with it): it is found by that."""
    _link(party, batch, because, {})


def _link(party: str, name: str, because: Sequence[tuple[str, int]], about: Mapping[str, Any]) -> None:
    known = {**about, "because": [list(file) for file in because], "expires_at": retention.derived_expiry(clock.today())}
    tables.usage().put_many({**keys.replaced(party, prefix, name)._asdict(), **known} for prefix, _ in because)


def replaced_by(party: str, prefix: str) -> Iterator[ReplacedPart]:
    """What waits for the end of a file, by what its batches are called, and perhaps for that of others."""
    for item in tables.usage().query(keys.replaced(party, prefix, "").pk):
        because = [(str(name), int(batches)) for name, batches in item["because"]]
        if "key" in item:
            facts = {"message": item["message"], "facts": item["facts"], "batches": int(item["batches"])}
            yield ReplacedPart(because, "", Key(*item["key"]), facts)
        else:
            yield ReplacedPart(because, item["sk"])


def unstated(party: str, batch: str, accepted_at: str) -> list[Put]:
    """What says in the ledger that a batch, by its stored id, states facts of a month no more; nothing where it states none."""
    prefix, mark, _ = batch.partition(STORED_MARK)
    link = tables.usage().get(keys.stated_facts(party, prefix)) if mark else None
    if link is None:
        return []
    pk, sk = link["facts"]
    return [Put(tables.ledger(), {**Key(pk, f"{WITHDRAWN}#{sk}#{batch}")._asdict(), "accepted_at": accepted_at}, ABSENT)]


def leave_receipt(drop: Drop, etag: str, receipt: Mapping[str, Any]) -> None:
    """Put the file's result where its sender looks for it: by its digest for ever, under the plain names while nothing newer lies there.

    Of two that are read in the other order, the older leaves nothing under the plain names.

    It says when that was: whoever drops the same again, and waits, tells its receipt from the one before by that alone.
    """
    bucket, body = buckets.drop(), orjson.dumps({**receipt, "left_at": clock.timestamp()}, option=orjson.OPT_INDENT_2)
    bucket.put(drop.receipt_of(str(receipt.get("digest") or etag.strip('"'))), body, _MEDIA_TYPE)
    now = bucket.head(drop.key)
    if now is None or now.version == drop.version:
        for key in filter(None, (drop.receipt_of_kind, drop.receipt, drop.short_receipt)):
            bucket.put(key, body, _MEDIA_TYPE)


def leave_unplaced(key: str, error: OvertoneError) -> None:
    """The receipt of an object whose key names no party, where whoever looks for lost files finds it."""
    body = orjson.dumps({"key": key, "status": "refused", "detail": error.detail, "errors": []}, option=orjson.OPT_INDENT_2)
    buckets.drop().put(receipt_key(NOBODY, quote(key, safe="")), body, _MEDIA_TYPE)


def refusal(drop: Drop, error: OvertoneError) -> dict[str, Any]:
    """The receipt of a file that was refused whole."""
    faults = [fault.to_json() for fault in error.faults[:FAULTS_LISTED_MAX]]
    return {"name": drop.name, "key": drop.key, "reporter": drop.party, "status": "refused", "detail": error.detail, "errors": faults}


def interruption(drop: Drop, error: Exception) -> dict[str, Any]:
    """The receipt of a file that was not read to its end through no fault of its sender; the next delivery goes on and replaces it.

    `tried_again` tells it from the receipt of a file that was refused for what it says.
    """
    detail = (
        f"an error of ours stopped this file ({type(error).__name__}); what of it was committed stays, it is tried again by itself, "
        "and we are told; drop it again where this receipt is older than an hour"
    )
    return {
        "name": drop.name,
        "key": drop.key,
        "reporter": drop.party,
        "status": "refused",
        "detail": detail,
        "errors": [],
        "tried_again": True,
    }
