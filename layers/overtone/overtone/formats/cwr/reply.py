"""The acknowledgement (ACK) that answers an import of CWR: what became of each registration, why, and the registration itself again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from overtone.formats.cwr import writer
from overtone.formats.cwr.fields import Refusal
from overtone.formats.cwr.layout import Record
from overtone.formats.cwr.transmission import Registration
from overtone.formats.cwr.writer import Group, TransmissionHeader
from overtone.formats.works.drafts import Draft, DraftResult

MESSAGES_MAX: Final = 50
NUMBER_LENGTH_MAX: Final = 20
"""The recipient's number of a work has twenty characters; a longer id of ours is left out."""
_LEVELS: Final = {"field": "F", "transaction": "T"}
_Part = tuple[str, Mapping[str, object]] | Record


def status(result: DraftResult) -> str:
    """CWR's status of a result."""
    if result.status == "refused":
        return "CO" if result.conflicts else "RJ"
    return "AC" if result.refusals else "AS"


def is_answered(draft: Draft) -> bool:
    """Whether CWR acknowledges it: a registration is answered, an answer is not."""
    return draft.registration is not None and draft.purpose == "register"


def reply(results: Sequence[DraftResult], header: TransmissionHeader) -> bytes:
    """The acknowledgement of one import."""
    answered = [(result, result.draft.registration) for result in results if is_answered(result.draft)]
    transactions = [list(_transaction(result, registration, header)) for result, registration in answered if registration]
    return writer.written([Group("ACK", transactions)], header)


def _transaction(result: DraftResult, registration: Registration, header: TransmissionHeader) -> Iterator[_Part]:
    yield (
        "ACK",
        {
            "created_on": header.created[:8],
            "created_at": header.created[8:],
            "original_group": registration.group,
            "original_transaction": registration.transaction,
            "original_type": registration.header.kind,
            "title": registration.title,
            "work_number": registration.number,
            "recipient_number": result.draft.work_id if len(result.draft.work_id) <= NUMBER_LENGTH_MAX else "",
            "processed_on": header.created[:8],
            "status": status(result),
        },
    )
    numbers = {record.line: record.text[11:19] for record in registration.records}
    for refusal in result.refusals[:MESSAGES_MAX]:
        yield "MSG", _message(refusal, numbers)
    yield from registration.records


def _message(refusal: Refusal, numbers: Mapping[int, str]) -> dict[str, object]:
    return {
        "message_type": _LEVELS[refusal.level],
        "original_record": numbers.get(refusal.line, "00000000"),
        "record_type": refusal.record,
        "level": _LEVELS[refusal.level],
        "validation": "000",
        "text": f"{refusal.field}: {refusal.message}" if refusal.field else refusal.message,
    }
