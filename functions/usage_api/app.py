"""Usage: accepting batches, telling what became of them, and completeness."""

from overtone.api.app import Api
from overtone.api.routes import completeness, usage

api = Api(usage.routes, completeness.routes)
handler = api.handler
