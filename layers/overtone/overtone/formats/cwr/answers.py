"""What a society answers to a registration: the ACK record with its messages (MSG) and the works that a conflict is with (EXC)."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from overtone.formats.cwr.frame import CwrScan
from overtone.formats.cwr.layout import PARTIES, V2, WRITERS, Record
from overtone.rights.answers import CONFLICTS, REJECTED, STATUSES, SocietyAnswer

MESSAGES_MAX: Final = 50


class Acknowledgement(NamedTuple):
    """A society's answer. `processed_on` is an ISO day, `created_at` digits; `number` is the society's own of the work."""

    society: str
    society_name: str
    status: str
    processed_on: str
    created_at: str
    number: str
    original: str
    messages: tuple[str, ...]
    conflicts: tuple[str, ...]

    @property
    def contests(self) -> bool:
        """Whether the registration was not accepted."""
        return self.status in CONFLICTS | REJECTED

    @property
    def meaning(self) -> str:
        """The status in words."""
        return STATUSES.get(self.status, "a status that CWR does not define")

    def to_json(self) -> dict[str, Any]:
        """For reports and for keeping."""
        told = self._asdict() | {"meaning": self.meaning, "messages": list(self.messages), "conflicts": list(self.conflicts)}
        return {name: value for name, value in told.items() if value}

    def answer(self) -> SocietyAnswer:
        """The answer as it is kept."""
        return SocietyAnswer(self.society, self.status, self.processed_on, self.created_at, about=self.to_json())


def acknowledgement(records: Sequence[Record], found: CwrScan) -> Acknowledgement:
    """The answer that a transaction's first record (ACK) begins."""
    ack = records[0]
    processed_on, status = _outcome(ack)
    messages = [_message(record) for record in records if record.kind == "MSG"]
    return Acknowledgement(
        society=found.sender,
        society_name=found.sender_name,
        status=status,
        processed_on=processed_on,
        created_at=ack.field("created_on") + ack.field("created_at") or found.created_at,
        number=ack.field("recipient_number"),
        original=f"{ack.field('original_type')} {ack.field('original_group')}/{ack.field('original_transaction')}",
        messages=tuple(messages[:MESSAGES_MAX]),
        conflicts=tuple(_conflicts(records))[:MESSAGES_MAX],
    )


def _outcome(ack: Record) -> tuple[str, str]:
    """The day and the status; version 3 made room for one more number before them, which not every society sends."""
    places = [ack] if ack.major == V2 else [ack, ack._replace(major=V2)]
    for place in places:
        day = _day(place.field("processed_on"))
        if day or place.field("status") in STATUSES:
            return day, place.field("status")
    return "", ack.field("status")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if len(text) == len("20261101") else ""
    except ValueError:
        return ""


def _message(record: Record) -> str:
    code = f"{record.field('record_type')}{record.field('level')}{record.field('validation')}"
    return f"{code}: {record.field('text')}"


def _conflicts(records: Sequence[Record]) -> list[str]:
    """Each conflicting work in words: its title, the society's number and who is in it."""
    told: list[str] = []
    is_inside = False
    for record in records:
        if record.kind == "EXC":
            numbers = ", ".join(filter(None, (record.field("work_number"), record.field("iswc"))))
            told.append(f"{record.field('title')} ({numbers or 'without a number'})")
            is_inside = True
        elif is_inside and record.kind in PARTIES and (name := _name(record)):
            told[-1] += f", {name}"
    return told


def _name(record: Record) -> str:
    parts = ("first_name", "name") if record.kind in WRITERS else ("name",)
    return " ".join(filter(None, map(record.field, parts)))
