#!/bin/sh
# What is agreed before anybody starts, as an administrator enters it: who takes part, two recordings, and the deals.
#   sh docs/tutorials/scene.sh [localhost:8000]
set -eu
API=${1:-localhost:8000}
ADMIN=$(curl -s --fail-with-body "$API/_local/token" -d '{"party_id": "", "scope": "admin"}' | sed 's/.*"access_token": *"\([^"]*\)".*/\1/')
put() { # quiet where it is taken; where it is refused, the refusal
  said=$(curl -s --fail-with-body -X PUT "$API$1" -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' -d "$2") || { echo "$1: $said" >&2; exit 1; }
}

# The local clock stands still until it is told to move: it is the first morning of October.
curl -s --fail-with-body "$API/_local/tick" -d '{"now": "2026-10-01T08:00:00Z"}' -o /dev/null

put /v1/parties/kestrel '{"name": "Kestrel Streaming", "kind": "licensee", "country": "US"}'
put /v1/parties/brightloom '{"name": "Brightloom", "kind": "licensee", "country": "US"}'
put /v1/parties/nordton '{"name": "Nordton", "kind": "society", "country": "SE"}'
put /v1/parties/asa '{"name": "Åsa Lind", "kind": "creator", "country": "SE",
  "payout": {"currency": "EUR", "method": "sepa", "iban": "SE4550000000058398257466", "threshold": "1"}}'
put /v1/parties/elin '{"name": "Elin Sandmark", "kind": "creator", "country": "SE"}'
put /v1/works/harbour '{"title": "Half a Harbour", "kind": "recording", "identifiers": ["isrc:SEABC2600001"], "owner": "asa",
  "shares": [{"party": "asa", "share": "1"}], "permissions": {"training": {"default": "allow"}, "generation": {"default": "allow"}}}'
put /v1/works/skargard '{"title": "Skärgård, 4 a.m.", "kind": "recording", "identifiers": ["isrc:SEABC2600002"], "owner": "elin",
  "shares": [{"party": "elin", "share": "1"}], "permissions": {"training": {"default": "deny"}, "generation": {"default": "allow"}}}'
put /v1/deals/kestrel-asa '{"licensee": "kestrel", "licensor": "asa", "currency": "EUR", "from": "2026-10-01", "territories": ["*"],
  "terms": [{"mechanism": "direct_play", "rate": "0.005"}]}'
put /v1/deals/kestrel-nordton '{"licensee": "kestrel", "licensor": "nordton", "currency": "EUR", "from": "2026-10-01", "territories": ["*"],
  "terms": [{"mechanism": "direct_play", "rate": "0.004"}]}'
put /v1/deals/brightloom-asa '{"licensee": "brightloom", "licensor": "asa", "currency": "EUR", "from": "2026-10-01", "territories": ["*"],
  "terms": [{"mechanism": "training_run", "fee": "400", "split": "equal"},
            {"mechanism": "revenue_pool", "share": "0.1", "basis": "influence"}]}'
echo 'The scene stands: 2026-10-01, 08:00.'
