"""Settlements for finance, statements and explanations for everybody who is paid."""

from overtone.api import finance_reading, finance_settlements
from overtone.api.app import Api

api = Api()
finance_settlements.add(api)
finance_reading.add(api)

handler = api.handler
