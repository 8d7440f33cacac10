"""Who signs in on the demo's stack: the story's parties, each as the person who works there, and the office."""

from __future__ import annotations

import json
from pathlib import Path

from local.hosted_sign_in import OFFICE, Someone

STORY = Path(__file__).parent.parent / "events" / "story"
RIGHTS_HOLDER = ("statements.read", "registry.write")
LICENSEE = ("usage.write", "disclosures.write", "registry.write")
GROUPS = {"licensee": LICENSEE, "attribution_provider": ("disclosures.write",)}


def told_of() -> tuple[Someone, ...]:
    """Every party of the story whose record is in `events/`, by name; the musician first."""
    found = []
    for path in sorted((STORY / "parties").glob("*.json")):
        party = json.loads(path.read_bytes())
        kind = party["kind"]
        found.append(Someone(f"{path.stem}-person", party["name"], path.stem, GROUPS.get(kind, RIGHTS_HOLDER), kind.replace("_", " ")))
    found.sort(key=lambda one: (one.party_id != "june-calloway", one.about, one.name))
    return (*found, *OFFICE)
