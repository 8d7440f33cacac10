"""Usage: accepting batches, telling what became of them, and completeness."""

from overtone.api.app import Api
from overtone.api.routes import completeness, received, usage

api = Api(usage.routes, received.usage_lists, completeness.routes)
handler = api.handler
