"""Hangs the running stack's watch (permissions, faults) onto every boto3 client that is made from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.handlers import BUILTIN_HANDLERS

if TYPE_CHECKING:
    from tests.local.functions import Runtime

_watching: list[Runtime] = []


def attach(runtime: Runtime) -> None:
    """Makes `runtime` see the calls of handlers."""
    if not _watching:
        BUILTIN_HANDLERS.append(("before-parameter-build", _before))
        BUILTIN_HANDLERS.append(("after-call", _after))
    _watching[:] = [runtime]


def _before(params: Any, model: Any, **_kwargs: Any) -> None:
    _watching[0].before_call(model.service_model.service_name, model.name, params)


def _after(**_kwargs: Any) -> None:
    _watching[0].after_call()
