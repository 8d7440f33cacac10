"""What labs and administrators disclose: attributions, training runs, revenue, levies."""

from overtone.api.app import Api
from overtone.api.routes import disclosures, receipts

api = Api(disclosures.routes, receipts.disclosure_lists)
handler = api.handler
