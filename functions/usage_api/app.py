"""Usage: accepting batches, telling what became of them, and completeness."""

from overtone.api.app import Api
from overtone.api.routes import completeness, receipts, usage

api = Api(usage.routes, receipts.usage_lists, completeness.routes)
handler = api.handler
