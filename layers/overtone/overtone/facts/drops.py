"""Dropped files: what a key says of a file, and how far a file has been committed."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple, Self

from overtone.errors import Rejected
from overtone.facts import cells
from overtone.facts.usage import UNLISTED, Records
from overtone.identifiers import slug

USAGE, TRAINING, ATTRIBUTIONS, WORKS, CLEARANCES = "usage", "training", "attributions", "works", "clearances"
MEMBERS: Final = "members"
FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    USAGE: ("dsr.tsv", "csv", "tsv", "ndjson"),
    TRAINING: ("ndjson",),
    ATTRIBUTIONS: ("ndjson",),
    WORKS: ("bwarm.zip", "csv", "cwr"),
    CLEARANCES: ("csv", "ndjson"),
    MEMBERS: ("csv", "ndjson"),
}
_KEY = re.compile(r"(?P<kind>[a-z]+)/(?P<party>[^/]+)/(?P<file>.+)\Z", re.DOTALL)


RECEIPTS: Final = "receipts"
NOBODY: Final = "-"
"""Whose receipts are those of objects that name no party; no id can be this."""
_KEY_BYTES_MAX: Final = 900
"""Of a file's name in a receipt's key: S3 takes keys of 1,024 bytes."""
_DIGEST_SHOWN: Final = 16
_NAME_LENGTH_MAX: Final = 100
BATCH_DIGITS: Final = 5


class Drop(NamedTuple):
    """One dropped file. `form` is its extension without `.gz`, `file` its name with all endings.

    `version` is which of the objects that were dropped under the key it is: another may lie there by now.
    """

    key: str
    kind: str
    party: str
    name: str
    form: str
    zipped: bool
    file: str
    version: str = ""

    @property
    def receipt(self) -> str:
        """Where the result of the newest content under this key goes."""
        return receipt_key(self.party, self.file)

    @property
    def short_receipt(self) -> str | None:
        """The same without the file's endings, where no other file has that name: the first version put results there."""
        ends = any(self.name.endswith(f".{form}") for form in FORMS[self.kind])
        return None if ends or not self.form else receipt_key(self.party, self.name)

    @property
    def receipt_of_kind(self) -> str:
        """The same, where no file of another kind leaves its own: a sheet of usage and a report of attributions may have one name."""
        return receipt_key(f"{self.party}/{self.kind}", self.file)

    @property
    def text_file(self) -> str:
        """The file's name without `.gz`: packed or not, its content is the same."""
        return f"{self.name}.{self.form}"

    def receipt_of(self, digest: str) -> str:
        """Where the result of one content goes, and stays."""
        return receipt_key(self.party, self.file, digest[:_DIGEST_SHOWN])

    def batch_prefix(self, digest: str) -> str:
        """What batches are called of a content that came after another of this name."""
        return f"{self.text_file[:_NAME_LENGTH_MAX]}~{digest[:_DIGEST_SHOWN]}"

    @classmethod
    def parse(cls, key: str) -> "Drop":
        """`usage/<party>/<name>.csv.gz` and its like; `form` is "" where it is none that is read. Raises `Rejected`."""
        found = _KEY.match(key)
        if not found or found["kind"] not in FORMS:
            raise Rejected(f"{key!r:.200} is no dropped file; drop it as usage/<party_id>/<name>.csv")
        file = found["file"].removesuffix(".gz")
        form = next((form for form in FORMS[found["kind"]] if file.endswith(f".{form}")), "")
        name = file.removesuffix(f".{form}") if form else file
        return cls(key, found["kind"], slug(found["party"]), name, form, found["file"].endswith(".gz"), found["file"])

    def check(self) -> None:
        """Raise `Rejected` for a name or an extension that is not read."""
        if not self.form:
            forms = ", ".join(f".{form}" for form in FORMS[self.kind])
            raise Rejected(f"{self.name!r} has none of the extensions {forms} (each with or without .gz); rename the file")
        slug(self.name)


def receipt_key(party: str, *names: str) -> str:
    """The key of a result in the drop bucket."""
    name = ".".join(names).encode()[:_KEY_BYTES_MAX].decode(errors="ignore")
    return f"{RECEIPTS}/{party}/{name}.json"


def batch_id(prefix: str, number: int) -> str:
    """A dropped file's batch, counted from 1, of those that are called so."""
    return f"{prefix}#{number:0{BATCH_DIGITS}d}"


@dataclass(slots=True)
class Progress:
    """How far a file of usage was committed: whoever goes on starts at `offset` of its unpacked content.

    `today` is the day on which it was begun, so that a delivery of the next day judges dates alike. `prefix` is what its batches are
    called, `file` its name without `.gz` (both "" where the first version kept it); `mapping` how its columns were read as it was begun
    (`None` where an earlier version did not keep it); `rounded` by currency how many revenues were rounded, and what that added.
    """

    etag: str
    digest: str
    today: str
    scan: Any
    offset: int = 0
    batches: int = 0
    received: int = 0
    accepted: int = 0
    state: Any = None
    faults: list[dict[str, Any]] = field(default_factory=list)
    done: bool = False
    prefix: str = ""
    file: str = ""
    rounded: dict[str, list[Any]] = field(default_factory=dict)
    unlisted: list[int] = field(default_factory=lambda: [0, 0])
    """Records whose recording is not told, and their quantity."""
    mapping: dict[str, Any] | None = None
    tries_before: int | None = None
    """How often this content came before and nothing of it was kept; `None` where an earlier version began it, to which a correction that
    does not say so was a record like any other."""
    numbered_as: str = ""
    """What a mapping that numbers rows calls the file in their ids; "" is its plain name."""
    is_listed: bool = False
    """Of one file of several, whether all of its lines are committed: what the message lists no more may be looked for."""
    shared_from: int = 0
    """The first of the batches that go with another creation's file, too, as well as with this one; 0 where none does."""

    @property
    def status(self) -> str:
        """`rejected` where nothing of what was sent could be kept."""
        return "rejected" if self.received and not self.accepted else "committed"

    @property
    def is_in_vain(self) -> bool:
        """Whether the file was read to its end and nothing of it was kept."""
        return self.done and not self.batches and self.status == "rejected"

    def batch_id(self, name: str, number: int) -> str:
        """What the batch of that number is called, counted from 1, of a file of that name."""
        return batch_id(self.prefix or name, number)

    def batch_ids(self, name: str) -> list[str]:
        """All batches so far, of a file of that name."""
        return [self.batch_id(name, number) for number in range(1, self.batches + 1)]

    def own_ids(self, name: str) -> list[str]:
        """Those of its batches, of a file of that name, that nobody withdraws but its sender."""
        return self.batch_ids(name)[: self.shared_from - 1 if self.shared_from else None]

    def add_rounded(self, found: Mapping[str, tuple[int, Decimal]]) -> None:
        """Count what rounding did to a part of the file."""
        for currency, (records, added) in found.items():
            before = self.rounded.get(currency, [0, "0"])
            whole = cells.total([Decimal(before[1]), added])
            self.rounded[currency] = [before[0] + records, cells.plain(whole)]

    def add_unlisted(self, records: Records) -> None:
        """Count usage of nobody's."""
        for subject, quantity in zip(records.subject, records.quantity, strict=True):
            if subject.startswith(UNLISTED) and quantity:
                self.unlisted = [self.unlisted[0] + 1, self.unlisted[1] + quantity]

    def to_json(self) -> dict[str, Any]:
        """For keeping between two deliveries."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(**kept)
