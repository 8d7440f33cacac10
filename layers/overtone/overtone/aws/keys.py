"""Every key of the three tables (`object_keys` has those of the buckets), made here and nowhere else.

`#` separates parts; ids cannot contain it (`identifiers.slug`). Tables have `pk` and `sk`.
"""

from typing import Final, NamedTuple

from overtone.partitions import Partition, spread

OUTBOX_SLOTS: Final = 16
"""Over how many keys the outbox is spread: 16,000 write units per second."""


class Key(NamedTuple):
    """A primary key."""

    pk: str
    sk: str


# --- LedgerTable: accruals, what a partition accrued, facts of a month, fences, settlement heads


LEDGER_BUCKETS: Final = Key("LEDGER", "BUCKETS")
"""Over how many buckets the accruals of this stack are spread, since the first was written."""
ACCRUED_UNTIL: Final = Key("ACCRUED", "UNTIL")
"""In UsageTable: up to when what was accepted is in the accruals, by month, as of the last drain of the outbox."""


def partition_summary(month: str, partition: str) -> Key:
    """What the worker knows of a partition: counts, sketches, when it last accrued."""
    return Key(f"PARTS#{month}", partition)


def partition_pages(month: str, partition: str) -> Key:
    """Which object holds the pages of a partition, and which bytes of it are about which bucket."""
    return Key(f"PAGES#{month}", partition)


def partition_gone(partition: str, digest: str) -> Key:
    """Works that were once in a partition's pages and left them; grows only."""
    return Key(f"GONE#{partition}", digest)


def partition_counts(partition: str, chunk: int) -> Key:
    """What became of each batch's records in a partition, in chunks."""
    return Key(f"COUNTS#{partition}", f"{chunk:06d}")


def partition_sketch(month: str, partition: str) -> Key:
    """Fingerprints of a partition's subjects: whether a disclosure can change it."""
    return Key(f"SKETCH#{month}", partition)


MONTHS: Final = "MONTHS"
"""The `pk` under which every month that has accruals is listed."""


def running(month: str, partition: str) -> Key:
    """A worker that has started on a partition and has not finished."""
    return Key(f"RUNNING#{month}", partition)


def quarantine(partition: str) -> Key:
    """A partition that is set aside because it cannot be accrued."""
    return Key("QUARANTINE", partition)


def fence(month: str) -> Key:
    """Raised while a settlement reads the month."""
    return Key("FENCE", month)


def run_index(trained_on: str, licensee: str, run_id: str) -> Key:
    """A training run's header; the index is small and read whole."""
    return Key("RUNS", f"{trained_on}#{licensee}#{run_id}")


WITHDRAWN_RUN: Final = "WITHDRAWN"


def withdrawn_run(trained_on: str, licensee: str, run_id: str) -> Key:
    """Says beside a training run's header that the run counts no more."""
    return Key("RUNS", f"{trained_on}#{licensee}#{run_id}#{WITHDRAWN_RUN}")


def month_fact(month: str, kind: str, *ids: str) -> Key:
    """A fact about a month as a whole: `REVENUE`, `LEVY`, `LIQUIDATION`, `HOLD`, `REPORTED`, `COMPLETENESS`."""
    return Key(f"MONTH#{month}", "#".join((kind, *ids)))


# --- UsageTable: receipts, pages, outbox


def slot(partition: str) -> int:
    """The outbox slot of a partition."""
    return spread(partition, OUTBOX_SLOTS)


def pending(partition: str, batch: str) -> Key:
    """A partition that waits to be accrued, because of one batch."""
    return Key(f"PENDING#{slot(partition):02d}", f"{partition}#{batch}")


PAGE: Final = "PAGE#"
WITHDRAWN: Final = "WITHDRAWN#"


def page(partition: Partition, batch: str, number: int) -> Key:
    """One batch's records for one partition."""
    return Key(str(partition), f"{PAGE}{batch}#{number:04d}")


def withdrawn(partition: str, batch: str) -> Key:
    """Says that a batch's records of this partition no longer count."""
    return Key(partition, f"{WITHDRAWN}{batch}")


def receipt(kind: str, party: str, batch: str) -> Key:
    """What was answered to a batch or report, and the withdrawal of one (`kind` says of what)."""
    return Key(f"RECEIPT#{kind}#{party}#{batch}", "RECEIPT")


def received_fact(kind: str, party: str, accepted_at: str, batch: str) -> Key:
    """A fact in the list of its party, in the order of acceptance."""
    return Key(f"FACTS#{kind}#{party}", f"{accepted_at}#{batch}")


def outbox(number: int) -> str:
    """A slot of the outbox: batches whose partitions are not yet pending."""
    return f"OUTBOX#{number:02d}"


def outbox_entry(accepted_at: str, kind: str, party: str, batch: str) -> Key:
    """A batch in the outbox; within a slot in order of time."""
    name = f"{kind}#{party}#{batch}"
    return Key(outbox(slot(name)), f"{accepted_at}#{name}")


def waiting(number: int) -> str:
    """A slot of the partitions that wait to be accrued."""
    return f"PENDING#{number:02d}"


def accepted(party: str, day: str, batch: str) -> Key:
    """A batch by the day on which it was accepted: an index, made from the outbox."""
    return Key(f"ACCEPTED#{party}#{day}", batch)


def unique_voids(party: str, batch: str, voids: str) -> Key:
    """A batch of voids that were made beside a batch's records, of a reporter of whose ids each means one record."""
    return Key(f"UNIQUE#{party}#{batch}", voids)


def replaced(party: str, prefix: str, name: str) -> Key:
    """What waits for the end of a dropped file whose batches are called so: a batch of voids that were made because of it, or facts."""
    return Key(f"REPLACED#{party}#{prefix}", name)


def received(party: str, month: str, batch: str) -> Key:
    """A batch by each usage month that it has records of: an index, made from the outbox."""
    return Key(f"RECEIVED#{party}#{month}", batch)


def progress(party: str, name: str, file: str = "", digest: str = "") -> Key:
    """How far a dropped file of some content was committed. Files of one name stand together; the first version knew one content each."""
    return Key(f"DROP#{party}#{name}", f"PROGRESS#{file}#{digest}" if digest else "PROGRESS")


def batch_name(party: str, name: str) -> Key:
    """The file, and the content, whose batches bear a dropped file's plain name."""
    return Key(f"DROP#{party}#{name}", "NAME")


def stated_facts(party: str, prefix: str) -> Key:
    """Which facts of a month the file states whose batches are called so."""
    return Key(f"STATED#{party}#{prefix}", "STATED")


def unsaid_corrections(party: str, name: str, digest: str, tries_before: int, offset: int) -> Key:
    """What was found of the records behind an offset of a dropped file's content, in a try of it, when they were first looked at."""
    return Key(f"DROP#{party}#{name}", f"UNSAID#{digest}#{tries_before:06d}#{offset:015d}")


def message_file(party: str, message: str, number: int) -> Key:
    """One file of a message that comes in several."""
    return Key(f"MESSAGE#{party}#{message}", f"{number:06d}")


def message_name(party: str, message: str, name: str) -> Key:
    """A name under which files of a message came."""
    return Key(f"MESSAGENAMES#{party}#{message}", name)


def active(day: str, party: str) -> Key:
    """A party of which batches were accepted on a day: an index, made from the outbox."""
    return Key(f"ACTIVE#{day}", party)


def mapping(party: str) -> Key:
    """A reporter's own names of the columns."""
    return Key(f"MAPPING#{party}", "MAPPING")


# --- RegistryTable: disclosed outputs (derived from the reports' pages)


def output(output_id: str) -> Key:
    """Who owns a generated output, and its disclosure in force."""
    return Key(f"OUT#{output_id}", "CURRENT")


DISCLOSED: Final = "DISCLOSED#"
"""Before each disclosure of an output, in the items of the first versions: `DISCLOSED#revision#licensee#report`."""


# --- RegistryTable: parties, works, deals, what finds them, what changed

CHANGE_SLOTS: Final = 16
"""Over how many keys the registry's change log is spread: 16,000 write units per second."""


def party(party_id: str) -> Key:
    """A party with all its versions."""
    return Key(f"PARTY#{party_id}", "ENTITY")


def work(work_id: str) -> Key:
    """A work with all its versions."""
    return Key(f"WORK#{work_id}", "ENTITY")


ANSWER: Final = "ANSWER#"


def answer(work_id: str, number: int) -> Key:
    """What a society answered to a work's registration, in the order in which answers arrived."""
    return Key(f"WORK#{work_id}", f"{ANSWER}{number:06d}")


def deal(deal_id: str) -> Key:
    """A deal with all its versions. Deals share a `pk`, so a settlement reads them whole in one query."""
    return Key("DEALS", deal_id)


def claim(identifier: str) -> Key:
    """Which work or party an identifier names, and named before."""
    return Key(f"KEY#{identifier}", "CLAIM")


def party_work(party_id: str, work_id: str) -> Key:
    """A work in which the party has, or once had, a share."""
    return Key(f"PARTYWORKS#{party_id}", work_id)


def member(society: str, party_id: str) -> Key:
    """A party that gives, or once gave, the society a mandate."""
    return Key(f"MEMBERS#{society}", party_id)


def recording(composition: str, work_id: str) -> Key:
    """A recording that is, or once was, linked to the composition."""
    return Key(f"RECORDINGS#{composition}", work_id)


def change(recorded_at: str, kind: str, entity_id: str, version: int) -> Key:
    """One entry of the change log; within a slot in order of time."""
    return Key(change_log(spread(entity_id, CHANGE_SLOTS)), f"{recorded_at}#{kind}#{entity_id}#{version:04d}")


def change_log(slot_number: int) -> str:
    """One slot of the change log."""
    return f"CHANGES#{slot_number:02d}"


def client(client_id: str) -> Key:
    """The party that an API client's tokens act for."""
    return Key(f"CLIENT#{client_id}", "BINDING")


# --- LedgerTable: settlements

CHAIN: Final = Key("CHAIN", "HEAD")
"""The last sealed settlement and the one that runs: advanced by one conditional write."""


def settlement(settlement_id: str) -> Key:
    """What is known of one settlement."""
    return Key("SETTLEMENTS", settlement_id)


def rates(settlement_id: str) -> Key:
    """The exchange rates that finance posted for a settlement."""
    return Key("RATES", settlement_id)


def liquidation(liquidation_id: str) -> Key:
    """A liquidation that finance posted, with all its months."""
    return Key("LIQUIDATIONS", liquidation_id)
