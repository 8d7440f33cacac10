"""Attribution: which works an output owes to, as a lab or its attribution provider discloses it."""

import hashlib
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import orjson

from overtone import money
from overtone.errors import Fault, Rejected
from overtone.facts.columns import ColumnReader, Writer
from overtone.facts.halves import halved
from overtone.facts.intake import ATTRIBUTION, IntakePage, check_pages
from overtone.facts.limits import (
    DISCLOSURE_SHARDS,
    EVIDENCE_URI_LENGTH_MAX,
    FAULTS_LISTED_MAX,
    OUTPUT_SHARES_MAX,
    REVISION_MAX,
)
from overtone.facts.splits import PLAIN, SPLITS, Grounds, Split, SplitBasis, side_named
from overtone.identifiers import slug, work_key
from overtone.money import NANO
from overtone.partitions import Partition, spread
from overtone.scales import ZERO_NANO, Nano

_FIELDS: Final = frozenset({"output_id", "revision", "confidence", "shares", "basis", "evidence"})
_SHARE_FIELDS: Final = frozenset({"work", "share"})
_SHARE_FIELDS_KNOWN: Final = _SHARE_FIELDS | {"side", "confidence"}
_BASES: Final = ("together", "by_side")  # no set: what a caller sent need not be hashable


_URI: Final = re.compile(rf"(?=.{{1,{EVIDENCE_URI_LENGTH_MAX}}}\Z)[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)
_Shares = tuple[tuple[str, Nano], ...]


class Method(NamedTuple):
    """How the outputs of a report were attributed, and whose model made them."""

    model: str
    method: str
    method_version: str


class OutputShares(NamedTuple):
    """One output's disclosure as sent, in normal form; shares in 1e-9, in order of work."""

    output_id: str
    revision: int
    confidence: Nano
    shares: tuple[tuple[str, Nano], ...]
    grounds: Grounds = PLAIN

    def to_json(self) -> dict[str, object]:
        """The record as the contract shows it."""
        shares = {work: {"work": work, "share": money.format_share(share)} for work, share in self.shares}
        for work, side in self.grounds.sides:
            shares[work]["side"] = side
        for work, confidence in self.grounds.confidences:
            shares[work]["confidence"] = money.format_share(confidence)
        told: dict[str, object] = {"basis": self.grounds.basis} if self.grounds.basis != "together" else {}
        if self.grounds.evidence:
            told["evidence"] = dict(zip(("uri", "sha256"), self.grounds.evidence, strict=True))
        return {
            "output_id": self.output_id,
            "revision": self.revision,
            "confidence": money.format_share(self.confidence),
            "shares": list(shares.values()),
        } | told


class CheckedReport(NamedTuple):
    """The good records of a report, and the faults of the others."""

    records: list[OutputShares]
    received: int
    faults: list[Fault]

    @property
    def accepted(self) -> int:
        """How many records are good."""
        return len(self.records)


def digest(method: Method, records: Sequence[object]) -> str:
    """SHA-256 (hex) of a report's content."""
    return hashlib.sha256(orjson.dumps([list(method), records], option=orjson.OPT_SORT_KEYS)).hexdigest()


class _DisclosureFault(Exception):
    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message


class _Parser:
    """Reads one record after the other; remembers works and shares that it has seen."""

    def __init__(self) -> None:
        self._works: dict[object, str] = {}
        self._shares: dict[object, Nano] = {}

    def record(self, record: object) -> OutputShares:
        if not isinstance(record, dict):
            raise _DisclosureFault("", "a record is a JSON object; send {…}")
        for name in record:
            if name not in _FIELDS:
                raise _DisclosureFault(str(name), "unknown field; remove it or correct its name")
        output_id = self._text("output_id", record.get("output_id"))
        revision = record.get("revision", 0)
        if type(revision) is not int or not 0 <= revision <= REVISION_MAX:
            raise _DisclosureFault("revision", f"expected a whole number from 0 to {REVISION_MAX}, without quotes or a fraction")
        confidence = self._share("confidence", record.get("confidence"))
        basis = record.get("basis", "together")
        if basis not in _BASES:
            raise _DisclosureFault("basis", "expected together or by_side; leave it out for one whole")
        shares, sides, own = self._parts(record.get("shares"), basis)
        grounds = Grounds(basis, sides, own, _evidence(record.get("evidence")))
        return OutputShares(output_id, revision, confidence, shares, grounds if grounds != PLAIN else PLAIN)

    def _text(self, name: str, value: object) -> str:
        try:
            return slug(value)
        except Rejected as error:
            raise _DisclosureFault(name, error.detail) from error

    def _share(self, name: str, value: object) -> Nano:
        if type(value) is str and value in self._shares:
            return self._shares[value]
        try:
            return self._shares.setdefault(value, money.parse_share(value)) if isinstance(value, str) else money.parse_share(value)
        except Rejected as error:
            raise _DisclosureFault(name, error.detail) from error

    def _work(self, name: str, value: object) -> str:
        if type(value) is str and value in self._works:
            return self._works[value]
        try:
            key = work_key(value)
        except Rejected as error:
            raise _DisclosureFault(name, error.detail) from error
        self._works[value] = key
        return key

    def _parts(self, shares: object, basis: SplitBasis) -> tuple[_Shares, tuple[tuple[str, Split], ...], _Shares]:
        """Shares, the sides that are said, and confidences of single shares, each in order of work."""
        if not isinstance(shares, list) or len(shares) > OUTPUT_SHARES_MAX:
            raise _DisclosureFault("shares", f"expected a list of at most {OUTPUT_SHARES_MAX} shares")
        parts: dict[str, Nano] = {}
        sides: dict[str, Split] = {}
        own: dict[str, Nano] = {}
        sums: dict[Split, Nano] = {}
        for number, part in enumerate(shares):
            if not isinstance(part, dict) or not part.keys() >= _SHARE_FIELDS or not part.keys() <= _SHARE_FIELDS_KNOWN:
                raise _DisclosureFault(
                    f"shares.{number}", 'expected {"work": …, "share": …}, with side and confidence if need be, and nothing else'
                )
            work = self._work(f"shares.{number}.work", part["work"])
            if work in parts:
                raise _DisclosureFault(f"shares.{number}.work", f"{work} stands twice; add its shares up")
            parts[work] = self._share(f"shares.{number}.share", part["share"])
            if "confidence" in part:
                own[work] = self._share(f"shares.{number}.confidence", part["confidence"])
            side = _side(f"shares.{number}.side", work, part.get("side"), basis)
            if "side" in part:
                sides[work] = side
            split: Split = side if basis == "by_side" else ""
            sums[split] = sums.get(split, ZERO_NANO) + parts[work]
        for split, total in sums.items():
            if total > NANO:
                whose = f"the shares of the side {split}" if split else "the shares"
                raise _DisclosureFault("shares", f"{whose} sum to {money.format_share(total)}, more than 1; correct them")
        return tuple(sorted(parts.items())), tuple(sorted(sides.items())), tuple(sorted(own.items()))


def _side(field: str, work: str, stated: object, basis: SplitBasis) -> Split:
    """The side that a share is of; one that is split by side must be known."""
    named = side_named(work)
    if stated is None:
        if basis == "by_side" and not named:
            raise _DisclosureFault(field, f"{work} does not name its side; say recording, composition or likeness")
        return named
    if stated not in SPLITS or (named and stated != named):
        raise _DisclosureFault(field, f"expected {named or ' or '.join(SPLITS)} for {work}; correct the side or leave it out")
    return stated


def _evidence(stated: object) -> tuple[str, str] | None:
    if stated is None:
        return None
    if not isinstance(stated, dict) or stated.keys() != {"uri", "sha256"}:
        raise _DisclosureFault("evidence", 'expected {"uri": …, "sha256": …} and nothing else')
    uri, sha256 = stated["uri"], stated["sha256"]
    if not isinstance(uri, str) or not _URI.match(uri):
        raise _DisclosureFault("evidence.uri", f"expected a URI of at most {EVIDENCE_URI_LENGTH_MAX} characters, such as https://…")
    if not isinstance(sha256, str) or not _SHA256.match(sha256):
        raise _DisclosureFault("evidence.sha256", "expected 64 lower-case hexadecimal digits")
    return uri, sha256


def check(rows: Sequence[Any]) -> CheckedReport:
    """The good records of a report in normal form, and what is wrong with the others."""
    parser, seen = _Parser(), set()
    good: list[OutputShares] = []
    faults: list[Fault] = []
    for index, row in enumerate(rows):
        try:
            record = parser.record(row)
        except _DisclosureFault as wrong:
            faults.append(Fault(wrong.message, wrong.field, named(row), index))
            continue
        if (identity := record[:2]) in seen:
            message = "the same output and revision stands earlier in this report; send it once"
            faults.append(Fault(message, "output_id", record.output_id, index))
            continue
        seen.add(identity)
        good.append(record)
    return CheckedReport(good, len(rows), faults[:FAULTS_LISTED_MAX])


def named(row: object) -> str | None:
    """The output id that a faulty record names, if it names one."""
    output = row.get("output_id") if isinstance(row, dict) else None
    return output if isinstance(output, str) else None


def paged(method: Method, records: Sequence[OutputShares], licensee: str, report: str) -> list[IntakePage]:
    """The pages of a report: a partition for each way in which outputs are spread."""
    ways: dict[int, list[OutputShares]] = {}
    for record in records:
        ways.setdefault(spread(record.output_id, DISCLOSURE_SHARDS), []).append(record)
    made = []
    for way in sorted(ways):
        partition = Partition(ATTRIBUTION, licensee, report, way)
        cut = halved(ways[way], len(ways[way]), partial(encode, method), _part)
        made += [IntakePage(partition, number, count, body) for number, (count, body) in enumerate(cut)]
    check_pages(made)
    return made


def _part(records: list[OutputShares], first: int, last: int) -> list[OutputShares]:
    return records[first:last]


def encode(method: Method, records: Sequence[OutputShares]) -> bytes:
    """One page of disclosures."""
    page = Writer()
    told = {str(place): list(record.grounds) for place, record in enumerate(records) if record.grounds != PLAIN}
    page.texts([orjson.dumps(list(method)).decode(), *([orjson.dumps(told).decode()] if told else [])])
    page.texts([record.output_id for record in records])
    page.integers([record.revision for record in records])
    page.integers([record.confidence for record in records])
    page.integers([len(record.shares) for record in records])
    page.dictionary([work for record in records for work, _ in record.shares])
    page.integers([share for record in records for _, share in record.shares])
    return page.finish()


def decode(body: bytes) -> tuple[Method, list[OutputShares]]:
    """The inverse of `encode`."""
    page = ColumnReader(body)
    head, *more = page.texts()
    method = Method(*orjson.loads(head))
    told = {int(place): grounds_of(fields) for place, fields in orjson.loads(more[0]).items()} if more else {}
    outputs, revisions, confidences, counts = page.texts(), page.integers(), map(Nano, page.integers()), page.integers()
    shares = iter(zip(page.texts(), map(Nano, page.integers()), strict=True))
    parts = [tuple(next(shares) for _ in range(count)) for count in counts]
    plain = (OutputShares(*record) for record in zip(outputs, revisions, confidences, parts, strict=True))
    return method, [record._replace(grounds=told[place]) if place in told else record for place, record in enumerate(plain)]


def grounds_of(fields: Sequence[Any]) -> Grounds:
    """Grounds as read from JSON."""
    basis, sides, confidences, evidence = fields
    pairs = tuple((work, side) for work, side in sides), tuple((work, own) for work, own in confidences)
    return Grounds(basis, *pairs, tuple(evidence) if evidence else None)
