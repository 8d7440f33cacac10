"""What labs and administrators disclose: attributions, training runs, revenue, levies."""

from overtone.api.app import Api
from overtone.api.routes import disclosures, received

api = Api(disclosures.routes, received.disclosure_lists)
handler = api.handler
