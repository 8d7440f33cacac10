"""Dropped files: what a key says of a file, and how far a file has been committed."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple, Self

from overtone.errors import Rejected
from overtone.identifiers import slug

USAGE, TRAINING, ATTRIBUTIONS = "usage", "training", "attributions"
FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    USAGE: ("dsr.tsv", "csv", "tsv", "ndjson"),
    TRAINING: ("ndjson",),
    ATTRIBUTIONS: ("ndjson",),
}
_KEY = re.compile(r"(?P<kind>[a-z]+)/(?P<party>[^/]+)/(?P<file>.+)\Z", re.DOTALL)


class Drop(NamedTuple):
    """One dropped file. `form` is its extension without `.gz`."""

    key: str
    kind: str
    party: str
    name: str
    form: str
    zipped: bool

    @property
    def receipt(self) -> str:
        """Where its result goes."""
        return f"receipts/{self.party}/{self.name}.json"

    @classmethod
    def parse(cls, key: str) -> "Drop":
        """`usage/<party>/<name>.csv.gz` and its like; `form` is "" where it is none that is read. Raises `Rejected`."""
        found = _KEY.match(key)
        if not found or found["kind"] not in FORMS:
            message = f"{key!r:.200} is no dropped file; drop it as usage/<party_id>/<name>.csv"
            raise Rejected(message)
        file = found["file"].removesuffix(".gz")
        form = next((form for form in FORMS[found["kind"]] if file.endswith(f".{form}")), "")
        name = file.removesuffix(f".{form}") if form else file
        return cls(key, found["kind"], slug(found["party"]), name, form, found["file"].endswith(".gz"))

    def check(self) -> None:
        """Raise `Rejected` for a name or an extension that is not read."""
        if not self.form:
            forms = ", ".join(f".{form}" for form in FORMS[self.kind])
            message = f"{self.name!r} has none of the extensions {forms} (each with or without .gz); rename the file"
            raise Rejected(message)
        slug(self.name)


@dataclass(slots=True)
class Progress:
    """How far a file of usage was committed: whoever goes on starts at `offset` of its unpacked content.

    `today` is the day on which it was begun, so that a delivery of the next day judges dates alike.
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

    def to_json(self) -> dict[str, Any]:
        """For keeping between two deliveries."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(**kept)
