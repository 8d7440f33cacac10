"""A client's double: each call goes past the watch and the weather, as a request would, and is then answered from memory."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, HTTPClientError

from local.cloud import SDK_PAUSE_SECONDS
from local.refusals import Exceptions, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.memory.cloud import MemoryCloud

SERVER_ERROR = 500
SDK_TRIES_AGAIN = frozenset({"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "SlowDown"})


class UnknownCall(Exception):
    """A call that this stand-in does not answer: teach it, or run on moto."""


class Service:
    """One client of one service. A method `do_put_item` answers `put_item(...)`; its parameters are those of the API.

    `attempts` is how often the SDK would send a request that failed on the way.
    """

    name = ""

    def __init__(self, cloud: MemoryCloud, attempts: int = 1) -> None:
        self.cloud = cloud
        self.attempts = attempts
        self.exceptions = Exceptions()

    def __getattr__(self, method: str) -> Callable[..., Any]:
        answer = getattr(type(self), f"do_{method}", None)
        if answer is None:
            raise UnknownCall(f"{self.name}.{method}")
        operation = method.title().replace("_", "")

        def call(**params: Any) -> Any:
            if self.cloud.hooks.is_idle:  # the stack itself asks: nobody's role, faults or weather
                return self._answered(answer, params)
            return self._call(operation, params, partial(self._answered, answer, params))

        self.__dict__[method] = call
        return call

    def _answered(self, answer: Callable[..., Any], params: dict[str, Any]) -> Any:
        with self.cloud.turn:  # as if each request were served by itself
            return answer(self, **params)

    def _call(self, operation: str, params: dict[str, Any], answer: Callable[[], Any]) -> Any:
        hooks = self.cloud.hooks
        hooks.before_call(self.name, operation, params)
        for attempt in itertools.count(1):
            try:
                found = hooks.in_the_weather(self.name, operation, params, answer)
            except (ClientError, HTTPClientError) as error:
                if attempt < self.attempts and _is_passing(error):
                    hooks.sleep(SDK_PAUSE_SECONDS)
                    continue
                if isinstance(error, ClientError):
                    error.response["ResponseMetadata"]["RetryAttempts"] = attempt - 1
                    hooks.after_call()
                raise
            hooks.after_call()
            return found
        raise AssertionError

    def refuse(self, code: str, message: str, operation: str, status: int = 400, **more: Any) -> ClientError:
        """An error of the service, to raise."""
        return refusal(code, message, operation, status, **more)


def _is_passing(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return True
    told = error.response
    return told["ResponseMetadata"]["HTTPStatusCode"] >= SERVER_ERROR or told["Error"]["Code"] in SDK_TRIES_AGAIN


class Paginator:
    """Pages of a list, by the token with which the next one is asked for."""

    def __init__(self, call: Callable[..., Any], token: str, next_token: str) -> None:
        self._call, self._token, self._next = call, token, next_token

    def paginate(self, **params: Any) -> Any:
        """The pages, one after the other."""
        while True:
            page = self._call(**params)
            yield page
            if not page.get(self._next):
                return
            params[self._token] = page[self._next]
