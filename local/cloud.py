"""What a stack runs on: a stand-in for AWS. There are three, which answer the same calls and are held to the same tests.

`memory` is the fast one: dictionaries behind the calls that this project makes. `moto` is the thorough one: every call becomes a
request of the SDK and is parsed again. `servers` keeps tables and objects in two servers that others wrote, installed when they are
first wanted. Which of them runs is said by whoever deploys, or by the environment's ENGINE.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from random import Random

    from botocore.config import Config

    from local.streams import TableStream

ENGINES = ("memory", "moto")
"""Those that need nothing but what is installed."""
SDK_PAUSE_SECONDS = 0.05


class UnknownEngine(Exception):
    """ENGINE names no stand-in."""


class Hooks(Protocol):
    """What a stand-in asks of the stack that runs on it."""

    def epoch(self) -> float:
        """Seconds since 1970 on the stack's clock."""
        ...

    def wait(self, seconds: float) -> None:
        """A state machine waits: time passes without sleeping."""
        ...

    def invoke(self, function_arn: str, payload: bytes, *, wait_for_answer: bool) -> tuple[bytes, bool]:
        """Runs a function; returns its payload and whether it failed."""
        ...

    def start_execution(self, run: Callable[[], None]) -> None:
        """Takes a state machine's execution, to run it when the stack drains."""
        ...

    def sleep(self, seconds: float) -> None:
        """The SDK waits before it tries again."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether no function runs, so that nothing watches a call."""
        ...

    def before_call(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """A call is about to leave; raises where it may not, or is made to fail."""
        ...

    def before_signing(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """A link is about to be signed; raises where its signer's role allows no such call."""
        ...

    def after_call(self) -> None:
        """An answer came back; raises where it is made to get lost."""
        ...

    def on_the_wire(self, service: str, operation: str, request: Any, send: Callable[[], Any]) -> Any:
        """Passes a request of the SDK on, or answers it as AWS would on a bad day."""
        ...

    def in_the_weather(self, service: str, operation: str, params: Mapping[str, Any], answer: Callable[[], Any]) -> Any:
        """The same for a call that never became a request."""
        ...

    def before_task(self, machine_arn: str, function_arn: str) -> None:
        """A state machine is about to run a function; raises where its role allows no such call. moto does not say so."""
        ...

    def entered_state(self) -> None:
        """A state machine entered a state, which AWS bills."""
        ...

    def unprocessed(self, requests: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Splits a batch request into what is done now and what comes back as unprocessed."""
        ...


class Waiting(NamedTuple):
    """A message in a queue."""

    body: str
    visible: bool
    sent_at: float


class Cloud(Protocol):
    """A stand-in for AWS."""

    def start(self, hooks: Hooks) -> None:
        """Becomes what boto3's clients and the package's talk to."""
        ...

    def stop(self) -> None:
        """Is gone, with all that it held."""
        ...

    def client(self, service: str, config: Config | None = None) -> Any:
        """A client of a service, with boto3's methods."""
        ...

    def stored(self, table: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
        """An item as it stands, in DynamoDB's JSON; empty where there is none."""
        ...

    def objects(self, bucket: str) -> dict[str, bytes]:
        """The objects of a bucket, by key."""
        ...

    def stream(self, table: str) -> TableStream:
        """What is new in a table, from when this was first asked."""
        ...

    def queues(self) -> Iterator[tuple[str, list[Waiting]]]:
        """Every queue by its name, and what is in it."""
        ...

    def end(self, execution_arn: str, status: str) -> None:
        """An execution ended without a word: an operator stopped it (`ABORTED`), or its time was over (`TIMED_OUT`)."""
        ...

    def wipe(self) -> None:
        """Nothing stored, sent or started; the resources stay."""
        ...

    def expire(self, now: float, share: float, dice: Random) -> int:
        """Removes items whose time to live is over, each with the probability `share`; how many."""
        ...


def named(engine: str | None = None) -> Cloud:
    """The stand-in of this name; without one that of the environment's ENGINE, which is `memory`."""
    engine = engine or os.environ.get("ENGINE") or ENGINES[0]
    if engine == "memory":
        from local.memory.cloud import MemoryCloud  # noqa: PLC0415 - only the one that is wanted is loaded

        return MemoryCloud()
    if engine == "moto":
        from local.moto_cloud import MotoCloud  # noqa: PLC0415

        return MotoCloud()
    if engine == "servers":
        from local.servers.cloud import ServersCloud  # noqa: PLC0415

        return ServersCloud()
    raise UnknownEngine(f"ENGINE is {engine!r}; take one of {', '.join(ENGINES)}, servers")
