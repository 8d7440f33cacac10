"""The two clients: `Client` and, with the same calls to be awaited, `AsyncClient`."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from overtone_client import calls
from overtone_client.patience import AGAIN, Patience
from overtone_client.problems import NotReached, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from overtone_client.answers import (
        Clearance,
        Completeness,
        Event,
        Explanation,
        MonthCompleteness,
        Page,
        Receipt,
        Settlement,
        Statement,
        Whoami,
    )
    from overtone_client.calls import Call

T = TypeVar("T")
TIMEOUT_SECONDS = 60.0
"""The API gives up after 30 seconds by itself."""
_USER_AGENT = "overtone-client/0.1.0"


def _outcome(call: Call[T], response: httpx.Response) -> T:
    """The answer; raises `Problem`."""
    if response.is_error:
        raise Problem.of(response)
    return call.read(response)


def _last(failed: httpx.Response | httpx.TransportError, call: Call[Any], tries: int) -> Exception:
    """What is raised once patience is used up."""
    if isinstance(failed, httpx.Response):
        return Problem.of(failed)
    return NotReached(f"{call.method} {call.path}: no answer in {tries} tries ({failed!r}); send it again")


class Client:
    """Calls the API and waits for the answer. Threads may share one."""

    def __init__(
        self,
        api: str,
        auth: httpx.Auth | None = None,
        *,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.api = api.rstrip("/")
        self._patience = patience or Patience()
        headers = {"User-Agent": _USER_AGENT}
        self._http = httpx.Client(base_url=self.api, auth=auth, timeout=TIMEOUT_SECONDS, headers=headers, transport=transport)
        self._plain = httpx.Client(timeout=TIMEOUT_SECONDS, headers=headers, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        self._plain.close()

    def send(self, call: Call[T]) -> T:
        """Send a call of `overtone_client.calls`, again where that may help; raises `Problem`, `NotReached`, `SignInFailed`."""
        request = {"params": call.query, "content": call.body, "headers": call.headers}
        failed: httpx.Response | httpx.TransportError
        for pause in (*self._patience.pauses(), None):
            try:
                response = self._http.request(call.method, call.path, **request)  # type: ignore[arg-type]  # one dict for both clients
            except httpx.TransportError as error:
                failed, retry_after = error, None
            else:
                if response.status_code not in AGAIN:
                    return _outcome(call, response)
                failed, retry_after = response, response.headers.get("retry-after")
            if pause is not None:
                time.sleep(self._patience.pause(pause, retry_after))
        raise _last(failed, call, self._patience.attempts)

    def every(self, call: Call[Page[T]]) -> Iterator[T]:
        """Every item of a list, page by page."""
        page = self.send(call)
        yield from page["items"]
        while cursor := page["next_cursor"]:
            page = self.send(call.at(cursor))
            yield from page["items"]

    def stream(self, place: str) -> Iterator[bytes]:
        """The bytes behind a link that the API gave, which needs no token; raises `Problem`, `NotReached`."""
        try:
            with self._plain.stream("GET", place) as response:
                if response.is_error:
                    response.read()
                    raise Problem.of(response)
                yield from response.iter_bytes()
        except httpx.TransportError as error:
            raise NotReached(f"what {urlsplit(place).hostname} sent broke off ({error!r}); ask for it again") from error

    def whoami(self) -> Whoami:
        """For whom the token acts."""
        return self.send(calls.whoami())

    def post_usage(self, batch_id: str, records: Sequence[Mapping[str, Any]], *, atomic: bool = False) -> Receipt:
        """Send a batch of usage."""
        return self.send(calls.post_usage(batch_id, records, atomic=atomic))

    def usage_receipt(self, batch_id: str) -> Receipt:
        """A batch's receipt."""
        return self.send(calls.usage_receipt(batch_id))

    def withdraw_usage(self, batch_id: str) -> Receipt:
        """Take a batch back."""
        return self.send(calls.withdraw_usage(batch_id))

    def clear(self, clearance_id: str, works: Sequence[str], use: str, day: str, model: str = "") -> Clearance:
        """Ask what may be used."""
        return self.send(calls.clear(clearance_id, works, use, day, model))

    def declare(self, month: str, batches: int, records: int, revenue: Mapping[str, str] | None = None) -> Completeness:
        """Say what was sent for a month."""
        return self.send(calls.declare(month, batches, records, revenue))

    def completeness(self, month: str) -> MonthCompleteness:
        """What is missing of a month."""
        return self.send(calls.completeness(month))

    def settle(self, settlement_id: str, through: str, **options: Any) -> Settlement:  # noqa: ANN401 - fields of the request
        """Settle through a month."""
        return self.send(calls.settle(settlement_id, through, **options))

    def settlement(self, settlement_id: str, after: str = "") -> Settlement:
        """A settlement with its files."""
        return self.send(calls.settlement(settlement_id, after))

    def statement(self, settlement_id: str, party_id: str = "") -> Statement:
        """A royalty statement."""
        return self.send(calls.statement(settlement_id, party_id))

    def explain(self, settlement_id: str, line_id: str) -> Explanation:
        """Why a line is what it is."""
        return self.send(calls.explain(settlement_id, line_id))

    def events(self, since: str = "", kind: str = "", party: str = "") -> Iterator[Event]:
        """What the party is told, in order of time."""
        return self.every(calls.events(since, kind, party))


class AsyncClient:
    """The same calls, to be awaited."""

    def __init__(
        self,
        api: str,
        auth: httpx.Auth | None = None,
        *,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.api = api.rstrip("/")
        self._patience = patience or Patience()
        headers = {"User-Agent": _USER_AGENT}
        self._http = httpx.AsyncClient(base_url=self.api, auth=auth, timeout=TIMEOUT_SECONDS, headers=headers, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_raised: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """Send a call, again where that may help; raises `Problem`, `NotReached`, `SignInFailed`."""
        request = {"params": call.query, "content": call.body, "headers": call.headers}
        failed: httpx.Response | httpx.TransportError
        for pause in (*self._patience.pauses(), None):
            try:
                response = await self._http.request(call.method, call.path, **request)  # type: ignore[arg-type]  # one dict for both clients
            except httpx.TransportError as error:
                failed, retry_after = error, None
            else:
                if response.status_code not in AGAIN:
                    return _outcome(call, response)
                failed, retry_after = response, response.headers.get("retry-after")
            if pause is not None:
                await asyncio.sleep(self._patience.pause(pause, retry_after))
        raise _last(failed, call, self._patience.attempts)

    async def every(self, call: Call[Page[T]]) -> AsyncIterator[T]:
        """Every item of a list, page by page."""
        page = await self.send(call)
        for item in page["items"]:
            yield item
        while cursor := page["next_cursor"]:
            page = await self.send(call.at(cursor))
            for item in page["items"]:
                yield item

    async def whoami(self) -> Whoami:
        """For whom the token acts."""
        return await self.send(calls.whoami())

    async def post_usage(self, batch_id: str, records: Sequence[Mapping[str, Any]], *, atomic: bool = False) -> Receipt:
        """Send a batch of usage."""
        return await self.send(calls.post_usage(batch_id, records, atomic=atomic))

    async def usage_receipt(self, batch_id: str) -> Receipt:
        """A batch's receipt."""
        return await self.send(calls.usage_receipt(batch_id))

    async def withdraw_usage(self, batch_id: str) -> Receipt:
        """Take a batch back."""
        return await self.send(calls.withdraw_usage(batch_id))

    async def clear(self, clearance_id: str, works: Sequence[str], use: str, day: str, model: str = "") -> Clearance:
        """Ask what may be used."""
        return await self.send(calls.clear(clearance_id, works, use, day, model))

    async def declare(self, month: str, batches: int, records: int, revenue: Mapping[str, str] | None = None) -> Completeness:
        """Say what was sent for a month."""
        return await self.send(calls.declare(month, batches, records, revenue))

    async def completeness(self, month: str) -> MonthCompleteness:
        """What is missing of a month."""
        return await self.send(calls.completeness(month))

    async def settle(self, settlement_id: str, through: str, **options: Any) -> Settlement:  # noqa: ANN401 - fields of the request
        """Settle through a month."""
        return await self.send(calls.settle(settlement_id, through, **options))

    async def settlement(self, settlement_id: str, after: str = "") -> Settlement:
        """A settlement with its files."""
        return await self.send(calls.settlement(settlement_id, after))

    async def statement(self, settlement_id: str, party_id: str = "") -> Statement:
        """A royalty statement."""
        return await self.send(calls.statement(settlement_id, party_id))

    async def explain(self, settlement_id: str, line_id: str) -> Explanation:
        """Why a line is what it is."""
        return await self.send(calls.explain(settlement_id, line_id))

    def events(self, since: str = "", kind: str = "", party: str = "") -> AsyncIterator[Event]:
        """What the party is told, in order of time."""
        return self.every(calls.events(since, kind, party))
