"""What connects a party's machines: the keys that act for it, and the addresses that its events are delivered to."""

from typing import Any, Final

from overtone.console.backend import not_found
from overtone.console.routing import Elsewhere, Outcome, Pages, View, Visit, here

pages = Pages()
ACTIONS: Final = ("rotate", "replay", "remove", "stop", "start")
_CHANGED: Final = ("url", "types", "note")


@pages.get("/console/keys")
def keys(visit: Visit) -> View:
    """The party's API clients and its webhooks; the office's webhooks for somebody of no party."""
    party = visit.person.party_id
    clients = visit.api.get("registry", "parties", party, "clients", cursor=visit.query.get("cursor")) if party else {"items": []}
    hooks = visit.api.get("registry", "webhooks")["items"]
    return View("keys.html", {"clients": clients["items"], "next": clients.get("next_cursor"), "hooks": hooks})


@pages.post("/console/keys")
def add(visit: Visit) -> View:
    """A new webhook, or another address for one; the answer is the only page that shows its secret."""
    form = visit.form
    body: dict[str, Any] = {"url": form.get("url", ""), "types": form.get("types", "").split(), "note": form.get("note", "")}
    return _shown_once(visit.api.send("registry", "PUT", "webhooks", form.get("endpoint_id", ""), body=body))


def _shown_once(made: dict[str, Any]) -> View:
    return View("key_shown.html", {"hook": made})


@pages.get("/console/keys/{endpoint_id}")
def deliveries(visit: Visit) -> View:
    """One webhook, and how its deliveries went."""
    endpoint_id = visit.path["endpoint_id"]
    hook = visit.api.get("registry", "webhooks", endpoint_id)
    asked = {name: visit.query.get(name) for name in ("state", "cursor")}
    found = visit.api.get("registry", "webhooks", endpoint_id, "deliveries", **asked)
    return View("deliveries.html", {"hook": hook, "rows": found["items"], "next": found["next_cursor"], "state": asked["state"] or ""})


@pages.post("/console/keys/{endpoint_id}/{action}")
def act(visit: Visit) -> Outcome:
    """Rotate its secret, deliver again, stop, start, or take it away."""
    endpoint_id, action, api = visit.path["endpoint_id"], visit.path["action"], visit.api
    if action not in ACTIONS:
        raise not_found(f"with a webhook one can {', '.join(ACTIONS)}")
    if action == "rotate":
        return _shown_once(api.send("registry", "POST", "webhooks", f"{endpoint_id}:rotate"))
    if action == "replay":
        api.send("registry", "POST", "webhooks", f"{endpoint_id}:replay", body={"since": visit.form.get("since", "")})
        return Elsewhere(here("keys", endpoint_id), "replayed")
    if action == "remove":
        api.send("registry", "DELETE", "webhooks", endpoint_id)
        return Elsewhere("/console/keys", "removed")
    hook = api.get("registry", "webhooks", endpoint_id)
    body = {name: hook[name] for name in _CHANGED} | {"enabled": action == "start"}
    api.send("registry", "PUT", "webhooks", endpoint_id, body=body)
    return Elsewhere(here("keys", endpoint_id), action)


@pages.post("/console/parties/{party_id}/clients")
def bind(visit: Visit) -> Elsewhere:
    """Let a client's tokens act for a party."""
    party_id = visit.path["party_id"]
    visit.api.send("registry", "PUT", "parties", party_id, "clients", visit.form.get("client_id", ""))
    return Elsewhere(here("parties", party_id), "bound")


@pages.post("/console/parties/{party_id}/clients/{client_id}/release")
def release(visit: Visit) -> Elsewhere:
    """Let them act for nobody."""
    party_id = visit.path["party_id"]
    visit.api.send("registry", "DELETE", "parties", party_id, "clients", visit.path["client_id"])
    return Elsewhere(here("parties", party_id), "released")
