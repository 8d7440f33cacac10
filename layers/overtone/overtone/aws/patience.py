"""Waiting out what AWS asks callers to wait out: contention, throttling, and answers that were lost.

The SDK tries single calls again a few times within a second or so. It never tries again a transaction that met another one on an
item, nor one that was cancelled because a key was throttled; and after a lost answer it cannot say whether the write was done. Here
every write is tried until it is done, refused for good, or its pace's patience is used up. Pauses are random up to a bound that
doubles ("full jitter"), so that those who collided once do not collide again.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError, HTTPClientError

from overtone import clock
from overtone.aws import clients
from overtone.errors import Retryable

PAUSE_SECONDS_FIRST: Final = 0.05
PAUSE_SECONDS_MAX: Final = 3.0

_CONTENTION: Final = frozenset(
    {
        "TransactionConflictException",
        "TransactionInProgressException",
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "ReplicatedWriteConflictException",
        "SlowDown",
    }
)
_CANCELLED: Final = "TransactionCanceledException"
_REASONS_TO_WAIT: Final = frozenset({"None", "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})
_SERVER_ERROR: Final = 500

_T = TypeVar("_T")

dice: Final = random.Random()  # noqa: S311 - jitter is no secret; the local stack seeds it, so that its runs repeat


class Attempts:
    """The attempts of one call: pauses between them, and whether an answer may have been lost on the way.

    `doubtful` says that the service may have done what was asked although nobody was told.
    """

    def __init__(self) -> None:
        self.doubtful = False

    def pauses(self) -> Iterator[float]:
        """Seconds to wait before each further attempt, until the patience of this pace is used up."""
        left, bound = clients.pace().patience_seconds, PAUSE_SECONDS_FIRST
        while left > 0:
            seconds = min(left, dice.uniform(0, bound))
            yield seconds
            left -= max(seconds, bound / 4)
            bound = min(2 * bound, PAUSE_SECONDS_MAX)

    def failed(self, error: Exception) -> bool:
        """Take note of a failure; whether it is worth another attempt."""
        if isinstance(error, HTTPClientError):
            self.doubtful = True
            return True
        if not isinstance(error, ClientError):
            return False
        metadata = error.response.get("ResponseMetadata", {})
        self.doubtful |= metadata.get("RetryAttempts", 0) > 0
        if metadata.get("HTTPStatusCode", 0) >= _SERVER_ERROR:
            self.doubtful = True
            return True
        return code_of(error) in _CONTENTION or _is_in_the_way(error)


def code_of(error: ClientError) -> str:
    """The service's own name of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def reasons_of(error: ClientError) -> list[str]:
    """Why a transaction was cancelled, item by item; `None` for an item that was not the cause."""
    reasons: Sequence[Any] = error.response.get("CancellationReasons", [])
    return [str(reason.get("Code", "None")) for reason in reasons]


def _is_in_the_way(error: ClientError) -> bool:
    """Whether a transaction was cancelled only because others were in its way or its key was throttled."""
    return code_of(error) == _CANCELLED and _REASONS_TO_WAIT.issuperset(reasons_of(error))


def patiently(call: Callable[[], _T], attempts: Attempts | None = None) -> _T:
    """What `call` answers, after as many attempts as patience lasts.

    Raises `Retryable` once patience is used up, and at once what no further attempt can mend.
    """
    attempts = attempts or Attempts()
    pauses = attempts.pauses()
    while True:
        try:
            return call()
        except (ClientError, HTTPClientError) as error:
            if not attempts.failed(error):
                raise
            pause(pauses, _name(error), error)


def pause(pauses: Iterator[float], why: str, cause: Exception | None = None) -> None:
    """Wait before another attempt; raises `Retryable` where patience is used up."""
    seconds = next(pauses, None)
    if seconds is None:
        raise Retryable(f"the store is busy ({why}); try again later") from cause
    clock.sleep(seconds)


def _name(error: Exception) -> str:
    if not isinstance(error, ClientError):
        return type(error).__name__
    reasons = sorted({*reasons_of(error)} - {"None"})
    return f"{code_of(error)}: {', '.join(reasons)}" if reasons else code_of(error)
