"""What can go wrong, as a small tree: a class says what the caller should do next.

`Rejected`: fix what was sent. `Conflict`: the id is taken by other content. `Retryable`: send the
same again; `TooOften`: when so many seconds are over. `InvariantBroken`: stop and ring the bell. `api.problem` turns them into RFC 9457
problem documents and the queue consumers into partial failures, each in one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one record: where it is, and how to mend it."""

    message: str
    field: str = ""
    record_id: str | None = None
    index: int | None = None

    def to_json(self) -> dict[str, object]:
        """The contract's `{index, record_id, field, message}`, without what is not known."""
        fields = (
            ("index", self.index),
            ("record_id", self.record_id),
            ("field", self.field or None),
            ("message", self.message),
        )
        return {name: value for name, value in fields if value is not None}


class OvertoneError(Exception):
    """Any error of this package. `status` is its HTTP status, `title` its RFC 9457 title."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)

    @classmethod
    def at(cls, field: str, message: str) -> Self:
        """The error of one field: the detail names the field before the message, the fault has both."""
        return cls(f"{field}: {message}", [Fault(message, field)])


class Rejected(OvertoneError):
    """What was sent is wrong: mend it and send it again. Nothing of it was kept."""

    status = 422
    title = "Not acceptable as it is"


class Malformed(Rejected):
    """The body is not of the format that its content type names."""

    status = 400
    title = "Cannot be read"


class Unsupported(Rejected):
    """The content type or encoding is not one that this call reads."""

    status = 415
    title = "Unsupported media type"


class Forbidden(Rejected):
    """The caller's token does not allow this."""

    status = 403
    title = "Not allowed"


class NotFound(Rejected):
    """No such thing, or none that the caller may see."""

    status = 404
    title = "Not found"


class Gone(Rejected):
    """It was there, and was removed because its time was over."""

    status = 410
    title = "No longer there"


class TooLarge(Rejected):
    """A named limit is exceeded: send less at a time."""

    status = 413
    title = "Too large"


class NoRate(Rejected):
    """Two amounts in different currencies are to be compared and no rate between these is posted."""

    def __init__(self, source: str, target: str) -> None:
        super().__init__(f"no rate from {source} to {target} is posted for this settlement; PUT /v1/fx first")
        self.source, self.target = source, target


class Conflict(OvertoneError):
    """The same id was used before with other content, or by another party."""

    status = 409
    title = "Conflict"


class Retryable(OvertoneError):
    """Nothing is wrong with what was sent: deliver it again later."""

    status = 503
    title = "Try again"


class TooOften(OvertoneError):
    """It was asked for as often as it may be for now: send the same again when `seconds` are over."""

    status = 429
    title = "Too many requests"

    def __init__(self, detail: str, seconds: int) -> None:
        super().__init__(f"{detail}; send it again in {seconds} seconds")
        self.seconds = seconds


Invariant = Literal["conserved", "committed_once", "sealed", "balanced", "pure", "isolated", "agreed", "tenant"]
"""The promises of the system; ARCHITECTURE.md says what each is."""


class InvariantBroken(OvertoneError):
    """A promise of the system does not hold. Nothing further may be written; an alarm rings."""

    title = "Invariant broken"

    def __init__(self, invariant: Invariant, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant
