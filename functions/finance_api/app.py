"""Settlements for finance, statements and explanations for everybody who is paid."""

from overtone.api.app import Api
from overtone.api.routes import (
    costs,
    finance,
    holds,
    operations,
    payments,
    quarantine,
    receivables,
    settlements,
    statements,
    suspense,
    what_ifs,
)

api = Api(
    *(settlements.routes, finance.routes, quarantine.routes, receivables.routes, payments.routes),
    *(statements.routes, suspense.routes, holds.routes, costs.routes, operations.routes, what_ifs.routes),
)
handler = api.handler
