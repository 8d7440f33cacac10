"""A platform's first call with a client that openapi-python-client made of openapi.json: a batch sent, its receipt read.

$ openapi-python-client generate --path openapi.json --config docs/examples/openapi-python-client.yaml --meta none
$ python docs/examples/typed_client.py http://localhost:8000 TOKEN
"""

import sys
from datetime import date

from overtone_api import AuthenticatedClient
from overtone_api.api.parties import get_party
from overtone_api.api.usage import get_usage_batch, post_usage
from overtone_api.models import PartyVersion, Problem, UsageBatch, UsageBatchRecordsItem, UsageReceipt

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
play = UsageBatchRecordsItem(
    record_id="r-1", subject="isrc:SEABC2600001", use="stream", used_on=date(2026, 10, 1), quantity=12, territory="SE"
)
receipt = post_usage.sync(client=client, body=UsageBatch(batch_id="typed-1", records=[play]))
assert isinstance(receipt, UsageReceipt), receipt
print(receipt.status, receipt.received, receipt.accepted)

found = get_usage_batch.sync("typed-1", client=client)
assert isinstance(found, UsageReceipt), found
print(found.digest == receipt.digest)

party = get_party.sync(receipt.reporter, client=client)
assert isinstance(party, PartyVersion), party
print(party.name, party.country)

missing = get_usage_batch.sync("never-sent", client=client)
assert isinstance(missing, Problem), missing
print(missing.status, missing.title)
