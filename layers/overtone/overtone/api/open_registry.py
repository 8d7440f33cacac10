"""The exports of permissions for whoever has no account: `/registry` is the newest manifest, `/registry/{day}/{name}` a file of it.

Off unless the operator switches it on (`OpenRegistry`). A manifest changes no more, so it may be kept by whoever reads it.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from overtone.api.problem import MEDIA_TYPE, problem_of
from overtone.config import settings
from overtone.errors import NotFound, OvertoneError
from overtone.views import permission_exports as view
from overtone.views.permission_exports import NEWEST

ROOT: Final = "/registry"
_HEADERS: Final = {"x-content-type-options": "nosniff", "cache-control": "public, max-age=300", "access-control-allow-origin": "*"}


def answer(event: Mapping[str, Any]) -> dict[str, Any]:
    """An HTTP API event (payload 2.0) in; a manifest, a link or a problem document out."""
    try:
        return _answer(event["rawPath"].removeprefix(ROOT).strip("/"))
    except OvertoneError as error:
        said = problem_of(error)
        return {"statusCode": said["status"], "headers": {"content-type": MEDIA_TYPE}, "body": orjson.dumps(said).decode()}


def _answer(path: str) -> dict[str, Any]:
    if settings().open_registry != "on":
        raise NotFound("the exports of permissions are fetched with an account: GET /v1/permissions")
    day, _, name = path.partition("/")
    if name:
        return {"statusCode": 307, "headers": {"location": view.link(day, name)}}
    body = orjson.dumps(view.manifest(day or NEWEST)).decode()
    return {"statusCode": 200, "headers": _HEADERS | {"content-type": "application/json"}, "body": body}
