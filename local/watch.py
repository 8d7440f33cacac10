"""Hangs the running stack's watch (permissions, faults) onto every boto3 client that is made from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.handlers import BUILTIN_HANDLERS

if TYPE_CHECKING:
    from local.cloud import Hooks

_watching: list[Hooks] = []


def attach(hooks: Hooks) -> None:
    """Makes a stack see the calls of its handlers."""
    _watching[:] = [hooks]


def _before(params: Any, model: Any, **_kwargs: Any) -> None:
    for hooks in _watching:
        hooks.before_call(model.service_model.service_name, model.name, params)


def _after(**_kwargs: Any) -> None:
    for hooks in _watching:
        hooks.after_call()


# When this module is imported, so that no session is older: botocore gives these to new sessions only.
BUILTIN_HANDLERS.append(("before-parameter-build", _before))
BUILTIN_HANDLERS.append(("after-call", _after))
