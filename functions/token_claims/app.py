"""Cognito's pre token generation trigger (V2_0): what people who sign in may do, by their groups, and for which party they act.

Groups are called as the scopes that they give. The party stands in an attribute of the user that only an admin of the pool can write.
Machine clients never pass here: the authorizer asks the registry for whom they act.
"""

from typing import Any

from overtone.api.authorization import PEOPLE_SCOPES
from overtone.api.caller import SCOPE_PREFIX

PARTY_ATTRIBUTE = "custom:party_id"


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Adds scopes and party to the access token."""
    request = event["request"]
    groups = (request.get("groupConfiguration") or {}).get("groupsToOverride") or []
    party = (request.get("userAttributes") or {}).get(PARTY_ATTRIBUTE)
    token: dict[str, Any] = {"scopesToAdd": sorted(f"{SCOPE_PREFIX}{group}" for group in PEOPLE_SCOPES.intersection(groups))}
    token |= {"claimsToAddOrOverride": {"party_id": party}} if party else {"claimsToSuppress": ["party_id"]}
    event["response"] = {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": token}}
    return event
