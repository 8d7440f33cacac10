"""Registers parties, works and deals, in versions, and shows them to whom they may be shown."""

from overtone.api.app import Api
from overtone.api.routes import (
    clearances,
    deals,
    disputes,
    events,
    parties,
    permission_exports,
    permissions,
    societies,
    transfers,
    webhooks,
    whoami,
    works,
)

api = Api(
    *(parties.routes, works.routes, deals.routes, clearances.routes, permissions.routes, permission_exports.routes),
    *(disputes.routes, events.routes, webhooks.routes, societies.routes, transfers.routes, whoami.routes),
)
handler = api.handler
