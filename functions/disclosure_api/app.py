"""What labs and administrators disclose: attributions, training runs, revenue, levies."""

from overtone.api.app import Api
from overtone.api.routes import disclosures

api = Api(disclosures.routes)
handler = api.handler
