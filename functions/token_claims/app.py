"""Cognito's pre token generation trigger (V3_0): puts `party_id` into the access token of a client's grant.

Which party a client acts for is said by an admin (`PUT /v1/parties/{party_id}/clients/{client_id}`), never by the
caller. A client that is bound to none gets a token without the claim, which admin and finance calls do not need.
"""

from typing import Any

from overtone.stores.integrations import party_of_client


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    party = party_of_client(event["callerContext"]["clientId"])
    tokens = {"claimsToAddOrOverride": {"party_id": party}} if party else {"claimsToSuppress": ["party_id"]}
    event["response"] = {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": tokens}}
    return event
